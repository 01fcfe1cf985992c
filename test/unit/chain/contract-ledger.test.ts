import {
  ConflictError,
  IdempotencyConflictError,
  InsufficientBalanceError,
  InvalidInputError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  SpydraClient,
  type SpydraClientOptions,
  SupplyExceededError,
  TransactionFailedError,
} from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contractLedger } from '../../../src/chain/contract-ledger.js';
import { endOf, rejection } from '../../helpers/client.js';
import { MemoryChain } from '../../helpers/memory-chain.js';
import { Channel, STRANGER } from '../contract/harness.js';

const FAST = { retries: { limit: 20, delay: () => 0 } };

/** A client of a contract ledger with one asset. */
async function setUp(options: SpydraClientOptions = {}) {
  const chain = await MemoryChain.make();
  const spydra = new SpydraClient({ ledger: contractLedger(chain), ...FAST, ...options });
  onTestFinished(() => spydra.close());
  const { assetId } = await spydra.assets.create({
    name: 'House',
    symbol: 'HSE',
    description: 'A house',
    assetType: 'real-estate',
    totalValue: '1000000.50',
    totalSupply: 1_000_000n,
    creatorWallet: 'issuer',
  });
  const mint = (recipientWallet: string, amount: bigint, idempotencyKey?: string) =>
    spydra.tokens.mint({ assetId, recipientWallet, amount }, { idempotencyKey });
  const balance = async (walletId: string) =>
    (await spydra.wallets.balance(walletId, { assetId })).balances[0]?.balance ?? 0n;
  chain.transactions.length = 0;
  chain.codes.length = 0;
  chain.blocks.length = 0;
  return { chain, spydra, assetId, mint, balance };
}

describe('a client of a contract ledger', () => {
  it('makes every write and read of the SDK', async () => {
    const { spydra, assetId, balance } = await setUp();
    expect(await spydra.assets.get(assetId)).toMatchObject({
      name: 'House',
      totalValue: '1000000.5',
      totalSupply: 1_000_000n,
    });
    const minted = await spydra.tokens.mint({
      assetId,
      recipientWallet: 'treasury',
      amount: 10n ** 5n,
      metadata: { a: 1.5 },
    });
    expect(minted).toMatchObject({ status: 'committed', newBalance: 100_000n, amount: 100_000n });
    const moved = await spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 30n });
    expect(moved).toMatchObject({ status: 'committed', fromBalance: 99_970n, toBalance: 30n });
    const sale = { assetId, sellerWallet: 'treasury', buyerWallet: 'bob', amount: 10n, price: '52.50' };
    expect(await spydra.tokens.purchase(sale)).toMatchObject({ toBalance: 10n, totalValue: '525' });
    const burned = { assetId, holderWallet: 'alice', burnerWallet: 'issuer', amount: 5n };
    expect(await spydra.tokens.burn(burned)).toMatchObject({ newBalance: 25n });
    expect(await spydra.tokens.holders(assetId)).toEqual([
      { wallet: 'treasury', balance: 99_960n },
      { wallet: 'alice', balance: 25n },
      { wallet: 'bob', balance: 10n },
    ]);
    expect(await spydra.tokens.supply(assetId)).toEqual({
      assetId,
      totalMinted: 100_000n,
      totalBurned: 5n,
      circulatingSupply: 99_995n,
    });
    const updated = await spydra.assets.update(assetId, {
      updates: { totalSupply: 2n ** 70n },
      updaterWallet: 'issuer',
    });
    expect(updated.asset.totalSupply).toBe(2n ** 70n);
    expect((await spydra.assets.publish(assetId, { publisherWallet: 'issuer' })).asset.status).toBe('published');
    expect((await spydra.assets.list({ status: 'published' })).items).toHaveLength(1);
    const { metadataId, status } = await spydra.assets.addMetadata(assetId, { deed: 'sha256:4f', size: 10n ** 30n });
    expect(status).toBe('committed');
    expect(await spydra.assets.getMetadata(metadataId)).toEqual({ deed: 'sha256:4f', size: 10n ** 30n });
    expect(await spydra.transactions.get(minted.transactionId)).toMatchObject({
      type: 'mint',
      status: 'COMMITTED',
      amount: 100_000n,
      metadata: { a: 1.5 },
    });
    expect((await spydra.transactions.wait(moved.transactionId)).fromWallet).toBe('treasury');
    const types = async (list: AsyncIterable<{ type: string }>) => {
      const found: string[] = [];
      for await (const { type } of list) found.push(type);
      return found;
    };
    expect(await types(spydra.assets.history(assetId, { limit: 2 }))).toEqual([
      ...['metadata', 'publish', 'update', 'burn', 'transfer', 'transfer', 'mint', 'create'],
    ]);
    expect(await types(spydra.wallets.transactions('alice'))).toEqual(['burn', 'transfer']);
    expect((await spydra.wallets.portfolio('alice')).holdings).toHaveLength(1);
    expect(await balance('alice')).toBe(25n);
    expect((await spydra.health()).healthy).toBe(true);
  });

  it('predicts the balances of a write that it does not wait for', async () => {
    const { chain, spydra, assetId, mint, balance } = await setUp();
    await mint('treasury', 50n);
    chain.isHeld = true;
    const input = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 20n };
    const sent = await spydra.tokens.transfer(input, { confirm: false });
    expect(sent).toMatchObject({ status: 'pending', fromBalance: 30n, toBalance: 20n });
    chain.isHeld = false;
    expect((await spydra.transactions.wait(sent.transactionId)).status).toBe('COMMITTED');
    expect(await balance('alice')).toBe(20n);
  });

  it('lists only by asset, wallet or key, and has no cursor', async () => {
    const { spydra, assetId, mint } = await setUp();
    const { transactionId } = await mint('alice', 5n, 'order-7');
    await expect(spydra.transactions.list()).rejects.toThrow(InvalidInputError);
    await expect(spydra.transactions.list({ assetId, cursor: 'x' })).rejects.toThrow('cursor is not known');
    const byKey = await spydra.transactions.list({ idempotencyKey: 'order-7' });
    expect(byKey.items.map((each) => each.transactionId)).toEqual([transactionId]);
    for (const filter of [{ walletId: 'bob' }, { type: 'burn' }, { assetId: 'other' }]) {
      expect((await spydra.transactions.list({ idempotencyKey: 'order-7', ...filter })).items).toEqual([]);
    }
  });

  it('knows nothing of a transaction that is not there', async () => {
    const { spydra } = await setUp();
    for (const id of ['nothing', 'nothing.3']) {
      expect(await rejection(spydra.transactions.get(id))).toBeInstanceOf(NotFoundError);
    }
  });

  it('serves reads from a cache, which its writes invalidate', async () => {
    const { chain, spydra, assetId, mint, balance } = await setUp({ cache: true });
    await mint('alice', 5n);
    chain.queries.length = 0;
    for (let each = 0; each < 3; each++) {
      expect(await balance('alice')).toBe(5n);
      expect((await spydra.tokens.supply(assetId)).circulatingSupply).toBe(5n);
      expect(await spydra.tokens.holders(assetId)).toHaveLength(1);
    }
    expect(chain.queries.sort()).toEqual(['Balances', 'Holders', 'Supply']);
    await mint('alice', 7n);
    expect(await balance('alice')).toBe(12n);
    expect((await spydra.tokens.supply(assetId)).circulatingSupply).toBe(12n);
  });
});

describe('a refusal of the contract', () => {
  it.each([
    ['INSUFFICIENT_BALANCE', InsufficientBalanceError, 'transfer'],
    ['SUPPLY_EXCEEDED', SupplyExceededError, 'mint'],
    ['NOT_FOUND', NotFoundError, 'update'],
  ] as const)('%s is an error of its own, and nothing was applied', async (code, Type, name) => {
    const { chain, spydra, assetId } = await setUp();
    const calls = {
      transfer: () => spydra.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'bob', amount: 1n }),
      mint: () => spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 2_000_000n }),
      update: () => spydra.assets.update('asset-none', { updates: { name: 'x' }, updaterWallet: 'w' }),
    };
    const error = await rejection(calls[name]());
    expect(error).toBeInstanceOf(Type);
    expect(error).toMatchObject({ outcome: 'not-applied', serverCode: code, retryable: false });
    expect(chain.transactions).toEqual([]);
  });

  it('names who may write', async () => {
    const chain = new MemoryChain(await Channel.configured(), STRANGER);
    await using spydra = new SpydraClient({ ledger: contractLedger(chain) });
    const order = { assetId: 'a', recipientWallet: 'w', amount: 1n };
    expect(await rejection(spydra.tokens.mint(order))).toBeInstanceOf(PermissionDeniedError);
  });
});

describe('a write under a key', () => {
  it('is applied once, however often and by however many calls at the same time', async () => {
    const { chain, mint, balance } = await setUp();
    const ends = await Promise.all(Array.from({ length: 20 }, () => mint('alice', 7n, 'order-7')));
    expect(new Set(ends.map((end) => end.transactionId)).size).toBe(1);
    expect((await mint('alice', 7n, 'order-7')).transactionId).toBe(ends[0]?.transactionId);
    expect(await balance('alice')).toBe(7n);
    expect(chain.codes.filter((code) => code === 'VALID')).toHaveLength(1);
  });

  it('is refused with another input, with the first transaction', async () => {
    const { mint, balance } = await setUp();
    const { transactionId } = await mint('alice', 7n, 'order-7');
    const error = await rejection(mint('alice', 8n, 'order-7'));
    expect(error).toBeInstanceOf(IdempotencyConflictError);
    expect(error).toMatchObject({ transactionId, idempotencyKey: 'order-7', outcome: 'not-applied' });
    expect(await balance('alice')).toBe(7n);
  });

  it.each(['unseen', 'lost'] as const)('is repeated at once after a transaction that was %s', async (fate) => {
    const { chain, mint, balance } = await setUp();
    chain.fateOf = (_, nth) => (nth === 1 ? fate : 'ordered');
    const error = await rejection(mint('alice', 7n, 'order-7'));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ idempotencyKey: 'order-7', stage: 'commit', retryable: true });
    expect((error as Error).message).toContain(
      'Call again with this idempotencyKey and the same input, at once or at any time',
    );
    expect((await mint('alice', 7n, 'order-7')).status).toBe('committed');
    expect(await balance('alice')).toBe(7n);
  });

  it('is not reported as refused if it was applied on another peer', async () => {
    const { chain, spydra, assetId, mint, balance } = await setUp();
    await mint('alice', 5n);
    const order = { assetId, fromWallet: 'alice', toWallet: 'bob', amount: 5n };
    const first = await spydra.tokens.transfer(order, { idempotencyKey: 'order-7' });
    // The first proposal reaches a peer that does not know the mint yet.
    const { endorse } = chain.channel;
    const behind = await Channel.configured();
    let isBehind = true;
    chain.channel.endorse = (who, functionName, ...args) => {
      const channel = functionName === 'TransferTokens' && isBehind ? behind : chain.channel;
      isBehind &&= functionName !== 'TransferTokens';
      return endorse.call(channel, who, functionName, ...args);
    };
    const again = await spydra.tokens.transfer(order, { idempotencyKey: 'order-7' });
    expect(again.transactionId).toBe(first.transactionId);
    expect(await balance('bob')).toBe(5n);
  });

  it('ends as unknown if the contract cannot be reached, for an earlier call may have applied it', async () => {
    const { chain, mint, balance } = await setUp({ deadline: 50, retries: 0 });
    await mint('alice', 7n, 'order-7');
    chain.beforeEach = () => Promise.reject(new NotFoundError('The peer is gone.', {}));
    for (const key of ['order-7', 'order-8']) {
      expect(await rejection(mint('alice', 7n, key))).toMatchObject({ code: 'OUTCOME_UNKNOWN', idempotencyKey: key });
    }
    expect(await rejection(mint('alice', 7n))).toMatchObject({ code: 'NOT_FOUND', outcome: 'not-applied' });
    chain.beforeEach = () => {};
    expect(await balance('alice')).toBe(7n);
  });

  it('is not ordered by a contract of a version that is not known', async () => {
    const { chain, mint } = await setUp();
    const { endorse } = chain.channel;
    chain.channel.endorse = async (...args) => {
      const envelope = await endorse.apply(chain.channel, args);
      return { ...envelope, result: envelope.result.replace('"contractVersion":"1"', '"contractVersion":"9"') };
    };
    const error = await rejection(mint('alice', 7n));
    expect(error).toMatchObject({ code: 'CONFIGURATION', outcome: 'not-applied' });
    expect((error as Error).message).toContain('version 9 of the contract, and this SDK knows version 1');
    expect(chain.transactions).toEqual([]);
  });
});

describe('read conflicts', () => {
  it('of debits of one wallet are repeated under the same keys, one at a time, until all are applied', async () => {
    const { chain, spydra, assetId, mint, balance } = await setUp();
    await mint('treasury', 100n);
    await spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'x', amount: 1n });
    chain.codes.length = 0;
    const order = (each: number) => ({ assetId, fromWallet: 'treasury', toWallet: `w${each}`, amount: 1n });
    const ends = await Promise.all(Array.from({ length: 10 }, (_, each) => spydra.tokens.transfer(order(each))));
    expect(ends.every((end) => end.status === 'committed')).toBe(true);
    expect(await balance('treasury')).toBe(89n);
    // All at once, and then each alone.
    expect(chain.codes.filter((code) => code === 'MVCC_READ_CONFLICT')).toHaveLength(9);
    expect(chain.codes.filter((code) => code === 'VALID')).toHaveLength(10);
  });

  it('end as TransactionFailedError if no repetition is allowed', async () => {
    const { spydra, assetId, mint, balance } = await setUp({ retries: 0 });
    await mint('treasury', 100n);
    await spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'x', amount: 1n });
    const order = (each: number) => ({ assetId, fromWallet: 'treasury', toWallet: `w${each}`, amount: 1n });
    const ends = await Promise.all(
      Array.from({ length: 3 }, (_, each) =>
        endOf(spydra.tokens.transfer(order(each), { idempotencyKey: `k${each}` })),
      ),
    );
    const failed = ends.filter((end) => end instanceof TransactionFailedError);
    expect(failed).toHaveLength(2);
    expect(failed[0]).toMatchObject({ validationCode: 'MVCC_READ_CONFLICT', outcome: 'not-applied', retryable: true });
    expect(await balance('treasury')).toBe(98n);
  });

  it('with a call under the same key return what that has applied, also without retries', async () => {
    const { mint, balance } = await setUp({ retries: 0 });
    const ends = await Promise.all(Array.from({ length: 5 }, () => mint('alice', 7n, 'order-7')));
    expect(new Set(ends.map((end) => end.transactionId)).size).toBe(1);
    expect(await balance('alice')).toBe(7n);
  });
});

describe('credits', () => {
  it('into one wallet do not conflict', async () => {
    const { chain, spydra, assetId, mint, balance } = await setUp();
    await spydra.tokens.mintMany(
      Array.from({ length: 30 }, (_, each) => ({ assetId, recipientWallet: `w${each}`, amount: 2n })),
    );
    chain.codes.length = 0;
    const order = (each: number) => ({ assetId, fromWallet: `w${each}`, toWallet: 'hot', amount: 1n });
    await Promise.all(Array.from({ length: 30 }, (_, each) => spydra.tokens.transfer(order(each))));
    expect(chain.codes).toEqual(Array.from({ length: 30 }, () => 'VALID'));
    expect(await balance('hot')).toBe(30n);
    await mint('hot', 1n);
  });

  it('are swept where a debit needs more of them than a transaction takes', async () => {
    const { chain, spydra, assetId, balance } = await setUp();
    for (let each = 0; each < 250; each++) {
      const order = { assetId, minterWallet: 'm', recipientWallet: 'hot', amount: '1' };
      await chain.channel.submit(chain.identity, 'MintTokens', order, `mint-${each}`);
    }
    const all = { assetId, fromWallet: 'hot', toWallet: 'cold', amount: 250n };
    expect(await spydra.tokens.transfer(all)).toMatchObject({ fromBalance: 0n, toBalance: 250n });
    expect(chain.transactions).toEqual(['SweepCredits', 'TransferTokens']);
    expect(await balance('cold')).toBe(250n);
    const error = await rejection(
      spydra.tokens.transfer({ ...all, fromWallet: 'cold', toWallet: 'hot', amount: 251n }),
    );
    expect(error).toBeInstanceOf(InsufficientBalanceError);
  });
});

describe('reconcile', () => {
  it('is one read, final where the key has a claim', async () => {
    const { chain, spydra, mint } = await setUp();
    const { transactionId } = await mint('alice', 7n, 'order-7');
    chain.queries.length = 0;
    const found = await spydra.transactions.reconcile('order-7');
    expect(found).toMatchObject({ state: 'committed', transaction: { transactionId, amount: 7n } });
    expect(chain.queries).toEqual(['Claim', 'Record']);
    expect(await spydra.transactions.reconcile('order-8')).toEqual({ state: 'not-found', final: false });
    expect(chain.queries).toEqual(['Claim', 'Record', 'Claim']);
  });

  it('with `void` makes it final that nothing was applied', async () => {
    const { spydra, mint, balance } = await setUp();
    const { transactionId } = await mint('alice', 7n, 'order-7');
    const applied = await spydra.transactions.reconcile('order-7', { void: true });
    expect(applied).toMatchObject({ state: 'committed', transaction: { transactionId } });
    for (const input of [{ void: true }, {}]) {
      expect(await spydra.transactions.reconcile('order-8', input)).toEqual({ state: 'not-found', final: true });
    }
    const error = await rejection(mint('alice', 7n, 'order-8'));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ serverCode: 'KEY_VOIDED', outcome: 'not-applied' });
    expect(await balance('alice')).toBe(7n);
  });

  it.each([
    ['MintTokens', 'Void'],
    ['Void', 'MintTokens'],
  ])('of a key with a transaction in the same block: %s comes first', async (...order) => {
    const { chain, spydra, mint, balance } = await setUp({ retries: 0 });
    chain.isHeld = true;
    const start = {
      MintTokens: () => mint('alice', 7n, 'order-7'),
      Void: () => spydra.transactions.reconcile('order-7', { void: true }),
    };
    const ends: Record<string, Promise<unknown>> = {};
    for (const name of order) {
      ends[name] = endOf(start[name as keyof typeof start]());
      await expect.poll(() => chain.transactions.at(-1)).toBe(name);
    }
    chain.isHeld = false;
    const [minted, voided] = [await ends.MintTokens, await ends.Void];
    const isMinted = order[0] === 'MintTokens';
    expect(voided).toMatchObject({ state: isMinted ? 'committed' : 'not-found' });
    expect(minted).toMatchObject(isMinted ? { status: 'committed' } : { serverCode: 'KEY_VOIDED' });
    expect(await balance('alice')).toBe(isMinted ? 7n : 0n);
  });
});
