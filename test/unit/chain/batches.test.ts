import { AbortedError, OutcomeUnknownError, type TransferInput } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refusalError } from '../../../src/chain/refusals.js';
import { setUp } from './client.js';

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

async function withTreasury(amount: bigint, options = {}) {
  const given = await setUp(options);
  await given.mint('treasury', amount);
  const { chain, assetId } = given;
  chain.transactions.length = 0;
  chain.codes.length = 0;
  chain.queries.length = 0;
  const pay = (n: number, more: object = {}): TransferInput => ({
    ...{ assetId, fromWallet: 'treasury', toWallet: `w${n}`, amount: 1n },
    ...more,
  });
  return { ...given, pay };
}

describe('writes of mintMany and transferMany', () => {
  it('are in one transaction, each with a result of its own', async () => {
    const { chain, spydra, pay } = await withTreasury(1_000n);
    const results = await spydra.tokens.transferMany(times(300, (n) => pay(n)));
    expect(chain.transactions).toEqual(['Batch']);
    const values = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
    expect(new Set(values.map((value) => value?.transactionId)).size).toBe(300);
    expect(values[7]).toMatchObject({ status: 'committed', toWallet: 'w7', toBalance: 1n, fromBalance: 700n });
    expect(await spydra.transactions.get(values[7]?.transactionId ?? '')).toMatchObject({ toWallet: 'w7' });
    expect(chain.queries.filter((name) => name.endsWith('Balances'))).toEqual(['AccountBalances']);
  });

  it('are in as few transactions as their number and their size allow', async () => {
    const { chain, spydra, pay } = await withTreasury(1_000n);
    await spydra.tokens.transferMany(times(501, (n) => pay(n)));
    expect(chain.transactions).toEqual(['Batch', 'TransferTokens']);
    chain.transactions.length = 0;
    const note = 'x'.repeat(400_000);
    const results = await spydra.tokens.transferMany(times(7, (n) => pay(n, { metadata: { note } })));
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(chain.transactions).toEqual(['Batch', 'Batch', 'TransferTokens']);
  });

  it('that are refused cost the others nothing, and are not repeated as long as nothing changes', async () => {
    const { chain, spydra, pay, balance } = await withTreasury(10n);
    const inputs = [pay(0), pay(1, { amount: 100n }), pay(2, { fromWallet: 'nobody' }), pay(3)];
    for (let run = 0; run < 2; run++) {
      const results = await spydra.tokens.transferMany(inputs, { batchKey: 'run' });
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      for (const n of [1, 2]) expect(results[n]).toMatchObject({ reason: { code: 'INSUFFICIENT_BALANCE' } });
    }
    expect(chain.transactions).toEqual(['Batch']);
    expect(await balance('treasury')).toBe(8n);
  });

  it('are repeated as a whole after a read conflict, under the same claims', async () => {
    const { chain, spydra, assetId, pay, balance } = await withTreasury(100n);
    const results = await Promise.all([
      spydra.tokens.transferMany(
        times(20, (n) => pay(n)),
        { batchKey: 'a' },
      ),
      spydra.tokens.transfer(pay(100)),
      spydra.tokens.mintMany(times(20, (n) => ({ assetId, recipientWallet: `w${n}`, amount: 1n }))),
    ]);
    expect(results[0].every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(chain.codes).toContain('MVCC_READ_CONFLICT');
    expect(await balance('treasury')).toBe(79n);
    expect(await balance('w3')).toBe(2n);
  });

  it.each(['unseen', 'lost'] as const)(
    'are unknown if their transaction is %s, each under its key; run again, they are applied once',
    async (fate) => {
      const { chain, spydra, pay, balance } = await withTreasury(100n);
      chain.fateOf = (functionName) => (functionName === 'Batch' ? fate : 'ordered');
      const inputs = times(20, (n) => pay(n));
      const results = await spydra.tokens.transferMany(inputs, { batchKey: 'dividend' });
      for (const [n, result] of results.entries()) {
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { idempotencyKey: `dividend#${n}`, outcome: 'unknown' },
        });
      }
      chain.fateOf = () => 'ordered';
      const again = await spydra.tokens.transferMany(inputs, { batchKey: 'dividend' });
      expect(again.every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(await balance('treasury')).toBe(80n);
    },
  );

  it('are known by the ids that their errors name: a batch commits without the orders that it refuses', async () => {
    const { chain, spydra, pay } = await withTreasury(10n);
    chain.fateOf = (functionName) => (functionName === 'Batch' ? 'unseen' : 'ordered');
    const results = await spydra.tokens.transferMany([pay(0), pay(1, { amount: 100n }), pay(2)]);
    const ids = results.map((result) => (result.status === 'rejected' ? result.reason.transactionId : ''));
    expect(await spydra.transactions.wait(ids[0])).toMatchObject({ toWallet: 'w0', status: 'COMMITTED' });
    expect(await spydra.transactions.wait(ids[2])).toMatchObject({ toWallet: 'w2', status: 'COMMITTED' });
    await expect(spydra.transactions.wait(ids[1])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that need more credits than a transaction takes are in the next one, after one sweep', async () => {
    const { chain, spydra, assetId, balance } = await setUp();
    for (let n = 0; n < 1_100; n++) {
      const order = { assetId, minterWallet: 'm', recipientWallet: 'hot', amount: '1' };
      await chain.channel.submit(chain.identity, 'MintTokens', order, `mint-${n}`);
    }
    const inputs = times(22, (n) => ({ assetId, fromWallet: 'hot', toWallet: `w${n}`, amount: 50n }));
    const results = await spydra.tokens.transferMany(inputs);
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(chain.transactions.filter((name) => name === 'TransferTokens')).toEqual([]);
    expect(await balance('hot')).toBe(0n);
  });

  it('that were applied before are found by their keys, although the batch as a whole is refused', async () => {
    const { chain, spydra, pay, balance } = await withTreasury(10n);
    const transfers = [pay(0), pay(1)];
    const first = await spydra.tokens.transferMany(transfers, { batchKey: 'dividend' });
    chain.beforeEach = (name) => {
      if (name === 'Batch') throw refusalError({ code: 'TOO_LARGE', message: 'The transaction is too large.' });
    };
    const idsOf = (results: typeof first) =>
      results.map((result) => (result.status === 'fulfilled' ? result.value.transactionId : result.reason));
    expect(idsOf(await spydra.tokens.transferMany(transfers, { batchKey: 'dividend' }))).toEqual(idsOf(first));
    expect(await spydra.tokens.transferMany([pay(2), pay(3)], { batchKey: 'other' })).toMatchObject([
      { reason: { serverCode: 'TOO_LARGE', outcome: 'not-applied' } },
      { reason: { serverCode: 'TOO_LARGE', outcome: 'not-applied' } },
    ]);
    expect(await balance('treasury')).toBe(8n);
  });

  it('end when their signal does: those that wait as not applied, those that were sent as unknown', async () => {
    const { chain, spydra, pay, balance } = await withTreasury(2_000n);
    chain.isHeld = true;
    const controller = new AbortController();
    const results = spydra.tokens.transferMany(
      times(600, (n) => pay(n)),
      { signal: controller.signal, concurrency: 600 },
    );
    await expect.poll(() => chain.transactions).toEqual(['Batch']);
    controller.abort();
    const reasons = (await results).map((result) => (result.status === 'rejected' ? result.reason : undefined));
    expect(reasons.filter((reason) => reason instanceof OutcomeUnknownError)).toHaveLength(500);
    expect(reasons.filter((reason) => reason instanceof AbortedError)).toHaveLength(100);
    chain.isHeld = false;
    await expect.poll(() => balance('treasury')).toBe(1_500n);
  });

  it('that are alone in their batch are a write of their own', async () => {
    const { chain, spydra, pay } = await withTreasury(10n);
    const [result] = await spydra.tokens.transferMany([pay(0)]);
    expect(result).toMatchObject({ status: 'fulfilled', value: { toBalance: 1n } });
    expect(chain.transactions).toEqual(['TransferTokens']);
  });

  it('that were aborted, and are refused by the batch later, leave no unhandled rejection', async () => {
    const { chain, spydra, pay, balance } = await withTreasury(1n);
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const abort = new AbortController();
    // So that the next writes wait for one batch.
    chain.isHeld = true;
    const kept = spydra.tokens.transferMany([pay(0)]);
    await expect.poll(() => chain.transactions.length).toBe(1);
    const [refused, other] = [
      spydra.tokens.transferMany([pay(1, { amount: 5n })], { signal: abort.signal }),
      spydra.tokens.mintMany([{ assetId: pay(0).assetId, recipientWallet: 'alice', amount: 1n }]),
    ];
    chain.isHeld = false;
    await kept;
    chain.isHeld = true;
    await expect.poll(() => chain.transactions.length).toBe(2);
    abort.abort();
    expect(await refused).toMatchObject([{ reason: { outcome: 'unknown' } }]);
    chain.isHeld = false;
    expect(await other).toMatchObject([{ status: 'fulfilled' }]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(unhandled).toEqual([]);
    expect(await balance('alice')).toBe(1n);
  });
});
