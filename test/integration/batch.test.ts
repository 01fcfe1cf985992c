import * as fc from 'fast-check';
import { type BatchProgress, IdempotencyConflictError, InvalidInputError, type MintInput } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';

const mintsOf = (assetId: string, amounts: readonly number[]): MintInput[] =>
  amounts.map((amount, index) => ({ assetId, recipientWallet: `wallet-${index}`, amount }));

describe('mintMany and transferMany', () => {
  it('return results in the order of the inputs, and a failure does not stop the others', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 100n);
    const to = (toWallet: string, amount: number) => ({ assetId, fromWallet: 'treasury', toWallet, amount });
    const progress: BatchProgress[] = [];
    const results = await spydra.tokens.transferMany(
      [to('alice', 10), to('bob', 1_000), to('treasury', 1), to('carol', 20)],
      { onProgress: (told) => progress.push(told) },
    );
    expect(results).toMatchObject([
      { status: 'fulfilled', value: { toWallet: 'alice', amount: 10n, status: 'committed' } },
      { status: 'rejected', reason: { code: 'INSUFFICIENT_BALANCE' } },
      { status: 'rejected', reason: { code: 'INVALID_INPUT' } },
      { status: 'fulfilled', value: { toWallet: 'carol', amount: 20n } },
    ]);
    expect(progress).toHaveLength(4);
    expect(progress.at(-1)).toEqual({ total: 4, done: 2, notApplied: 2, unknown: 0 });
  });

  it('respect the concurrency, and ignore errors of onProgress', async () => {
    const { sandbox } = sandboxed();
    let now = 0;
    let most = 0;
    const spydra = testClient({
      ...sandbox.connection(),
      fetch: async (url, init) => {
        if (init?.method !== 'POST') return sandbox.fetch(url, init);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        return sandbox.fetch(url, init);
      },
    });
    const assetId = await minted(spydra, 1n, 100n);
    const watcher = () => {
      throw new Error('a bug');
    };
    const mints = mintsOf(assetId, [1, 1, 1, 1, 1, 1, 1]);
    const results = await spydra.tokens.mintMany(mints, { concurrency: 3, onProgress: watcher });
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(most).toBe(3);
  });

  it.each(['header', 'filter', 'none'] as const)(
    'make only the missing writes when run again, wherever the run stopped, on a server of the kind %j',
    async (idempotency) => {
      const amounts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(amounts, fc.array(fc.nat(14), { maxLength: 3 }), async (amounts, breaks) => {
          const { sandbox, spydra } = sandboxed({ idempotency });
          const assetId = await minted(spydra, 1n, 10_000n);
          const batch = { batchKey: 'airdrop', concurrency: 2 };
          for (const after of breaks) {
            const controller = new AbortController();
            let writes = 0;
            const mortal = testClient({
              ...sandbox.connection(),
              fetch: async (url, init) => {
                const answer = await sandbox.fetch(url, init);
                if (init?.method === 'POST' && ++writes > after) controller.abort();
                return answer;
              },
            });
            await mortal.tokens.mintMany(mintsOf(assetId, amounts), { ...batch, signal: controller.signal });
          }
          const results = await spydra.tokens.mintMany(mintsOf(assetId, amounts), batch);
          expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
          const holders = await spydra.tokens.holders(assetId);
          const held = new Map(holders.map(({ wallet, balance }) => [wallet, balance]));
          for (const [index, amount] of amounts.entries()) expect(held.get(`wallet-${index}`)).toBe(BigInt(amount));
        }),
        { numRuns: 15 },
      );
    },
  );

  it('refuse an input that was changed under its key, and name the first transaction', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 1n, 1_000n);
    const [first] = await spydra.tokens.mintMany(mintsOf(assetId, [5]), { batchKey: 'airdrop' });
    const [second] = await spydra.tokens.mintMany(mintsOf(assetId, [6]), { batchKey: 'airdrop' });
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(IdempotencyConflictError) });
    const { transactionId } = (first as PromiseFulfilledResult<{ transactionId: string }>).value;
    expect((second as PromiseRejectedResult).reason).toMatchObject({ transactionId });
  });

  it('identify inputs by itemKey, in any order', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 1n, 1_000n);
    const batch = { batchKey: 'airdrop', itemKey: ({ recipientWallet }: MintInput) => recipientWallet };
    const mints = mintsOf(assetId, [5, 6, 7]);
    await spydra.tokens.mintMany(mints, batch);
    const more = { assetId, recipientWallet: 'late', amount: 8 };
    await spydra.tokens.mintMany([more, ...mints.toReversed()], batch);
    expect((await spydra.tokens.supply(assetId)).totalMinted).toBe(1n + 5n + 6n + 7n + 8n);
  });

  it('refuse duplicate keys, and invalid options', async () => {
    const { spydra } = sandboxed();
    const mints = mintsOf('asset', [1, 2]);
    const refused = async (options: object, field: string) => {
      const error = await rejection(spydra.tokens.mintMany(mints, options));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect((error as InvalidInputError).problems[0]?.field).toBe(field);
    };
    await refused({ batchKey: 'b', itemKey: () => 'same' }, 'itemKey.1');
    await refused({ batchKey: 'b', itemKey: () => 'ä' }, 'itemKey.0');
    await refused({ batchKey: 'with#hash' }, 'options.batchKey');
    await refused({ batchKey: '' }, 'options.batchKey');
    await refused({ concurrency: 0 }, 'options.concurrency');
    await refused({ itemKey: () => 'a' }, 'options.itemKey');
    expect(await rejection(spydra.tokens.mintMany({} as never))).toBeInstanceOf(InvalidInputError);
  });

  it('do not send the remaining writes after an abort', async () => {
    const { sandbox, spydra } = sandboxed();
    const assetId = await minted(spydra, 1n, 1_000n);
    const blocks = sandbox.blocks.length;
    const results = await spydra.tokens.mintMany(mintsOf(assetId, [1, 2, 3]), { signal: AbortSignal.abort() });
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED', outcome: 'not-applied' } });
    }
    expect(sandbox.blocks).toHaveLength(blocks);
  });
});
