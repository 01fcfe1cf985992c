import {
  InsufficientBalanceError,
  InvalidInputError,
  NotFoundError,
  PermissionDeniedError,
  SpydraClient,
  SupplyExceededError,
} from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { contractLedger } from '../../../src/chain/contract-ledger.js';
import { rejection } from '../../helpers/client.js';
import { MemoryChain } from '../../helpers/memory-chain.js';
import { Channel, STRANGER } from '../contract/harness.js';
import { ended } from '../fabric/set-up.js';
import { setUp } from './client.js';

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
    expect(await spydra.health()).toEqual({ healthy: true, message: 'The ledger responds.' });
  });

  it('reads the balances of both wallets of a transfer at once, after its commit', async () => {
    const { chain, spydra, assetId, mint } = await setUp();
    await mint('alice', 5n);
    chain.queries.length = 0;
    const receipt = await spydra.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'bob', amount: 2n });
    expect(receipt).toMatchObject({ fromBalance: 3n, toBalance: 2n });
    expect(chain.queries).toEqual(['AccountBalances']);
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

  it('reads the record of a transaction again on a peer that does not have it yet, and keeps none without its type', async () => {
    const { chain, spydra, assetId, mint } = await setUp({ cache: true });
    const { transactionId } = await mint('alice', 5n);
    const [member] = await spydra.tokens.transferMany(
      ['bob', 'carol'].map((toWallet) => ({ assetId, fromWallet: 'alice', toWallet, amount: 1n })),
    );
    const memberId = member?.status === 'fulfilled' ? member.value.transactionId : '';
    let missing = 0;
    chain.beforeEach = (name) => {
      if (name === 'Record' && missing-- > 0) throw new NotFoundError('There is no transaction.', {});
    };
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    missing = 100;
    expect(await ended(spydra.transactions.get(transactionId))).toMatchObject({ type: 'unknown' });
    expect(await ended(rejection(spydra.transactions.get(memberId)))).toBeInstanceOf(NotFoundError);
    for (const [id, type] of [
      [transactionId, 'mint'],
      [memberId, 'transfer'],
    ] as const) {
      for (const read of ['wait', 'get'] as const) {
        missing = 2;
        expect(await ended(spydra.transactions[read](id))).toMatchObject({ type, status: 'COMMITTED' });
      }
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
