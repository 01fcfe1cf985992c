import {
  ConfigurationError,
  ConflictError,
  IdempotencyConflictError,
  InsufficientBalanceError,
  NotFoundError,
  OutcomeUnknownError,
  TransactionFailedError,
} from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { endOf, rejection } from '../../helpers/client.js';
import { Channel } from '../contract/harness.js';
import { setUp } from './client.js';

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

  it.each([
    ['cannot be reached', NotFoundError],
    ['is not the one that was configured', ConfigurationError],
  ])('ends as unknown if the contract %s, for an earlier call may have applied it', async (_, Type) => {
    const { chain, mint, balance } = await setUp({ deadline: 50, retries: 0 });
    await mint('alice', 7n, 'order-7');
    chain.beforeEach = () => Promise.reject(new Type('The contract did not respond.', {}));
    for (const key of ['order-7', 'order-8']) {
      expect(await rejection(mint('alice', 7n, key))).toMatchObject({ code: 'OUTCOME_UNKNOWN', idempotencyKey: key });
    }
    expect(await rejection(mint('alice', 7n))).toMatchObject({ code: Type.code, outcome: 'not-applied' });
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
    for (const key of [undefined, 'order-7']) {
      const error = await rejection(mint('alice', 7n, key));
      expect(error).toMatchObject({ code: 'CONFIGURATION', outcome: 'not-applied' });
      expect((error as Error).message).toContain('version 9 of the contract, and this SDK knows version 1');
    }
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
