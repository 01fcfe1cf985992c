import { NotFoundError, SpydraClient, type WatchCheckpoint } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contractLedger } from '../../../src/chain/contract-ledger.js';
import type { MemoryChain } from '../../helpers/memory-chain.js';
import { scaled } from '../../helpers/scale.js';
import { fakeTime, leaping } from '../../helpers/time.js';
import { Watcher } from '../../helpers/watcher.js';
import { setUp } from './client.js';

const FIELDS = { deed: 'a deed of 1911' };

/** The ids of what the chain has committed, in its order: of a batch those of its orders. */
function committedOn({ events }: MemoryChain): string[] {
  return events.flatMap(({ payload }) =>
    JSON.parse(payload).records.map(({ transactionId }: { transactionId: string }) => transactionId),
  );
}

/** A watch by a client of its own, as another process would have. */
function watching(chain: MemoryChain, from: WatchCheckpoint | 'beginning' | undefined) {
  const spydra = new SpydraClient({ ledger: contractLedger(chain) });
  onTestFinished(() => spydra.close());
  return { spydra, watcher: new Watcher(spydra, { from }) };
}

describe('a watch of the contract', () => {
  it('hands over each transaction in the order of the channel, those of a batch one by one, and resumes after each', async () => {
    const { chain, spydra, assetId, mint } = await setUp();
    await mint('alice', 5n);
    await spydra.tokens.mintMany(['a', 'b', 'c'].map((recipientWallet) => ({ assetId, recipientWallet, amount: 1n })));
    await spydra.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'bob', amount: 2n });
    const expected = committedOn(chain);
    expect(expected.length).toBeGreaterThanOrEqual(6);

    const events: { id: string; checkpoint: WatchCheckpoint }[] = [];
    for await (const { record, checkpoint } of spydra.transactions.watch({ from: 'beginning' })) {
      expect(await spydra.transactions.get(record.transactionId)).toEqual(record);
      events.push({ id: record.transactionId, checkpoint: JSON.parse(JSON.stringify(checkpoint)) });
      if (events.length === expected.length) break;
    }
    expect(events.map(({ id }) => id)).toEqual(expected);
    for (const [n, { checkpoint }] of events.slice(0, -1).entries()) {
      const { watcher } = watching(chain, checkpoint);
      await expect.poll(() => watcher.ids).toEqual(expected.slice(n + 1));
    }
  });

  it('reads the metadata that the event does not have', async () => {
    const { spydra, assetId } = await setUp();
    const from = await spydra.transactions.checkpoint();
    await spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 1n, metadata: FIELDS });
    for await (const { record } of spydra.transactions.watch({ from })) {
      expect(record.metadata).toMatchObject(FIELDS);
      break;
    }
  });

  it('waits for the record of a transaction that a peer lacks for long', async () => {
    const { chain, spydra, assetId } = await setUp();
    const from = await spydra.transactions.checkpoint();
    await spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n, metadata: FIELDS });
    let left = 6;
    const query = chain.query.bind(chain);
    chain.query = async (functionName, args, call) => {
      if (functionName !== 'Record' || left-- <= 0) return query(functionName, args, call);
      throw new NotFoundError('The peer is behind.');
    };
    fakeTime();
    const first = spydra.transactions.watch({ from }).next();
    expect((await leaping(first)).value?.record).toMatchObject({ type: 'mint', amount: 7n, metadata: FIELDS });
  });

  it('has all that is committed after its checkpoint, and nothing before it', async () => {
    const { chain, spydra, mint } = await setUp();
    const before = await mint('alice', 1n);
    const from = await spydra.transactions.checkpoint();
    const after = await mint('alice', 1n);
    const { watcher } = watching(chain, from);
    await expect.poll(() => watcher.ids).toEqual([after.transactionId]);
    expect(watcher.ids).not.toContain(before.transactionId);
  });

  it('that filters hands over what fits', async () => {
    const { spydra, assetId, mint } = await setUp();
    await mint('alice', 9n);
    const { transactionId } = await spydra.tokens.transfer({
      assetId,
      fromWallet: 'alice',
      toWallet: 'bob',
      amount: 2n,
    });
    await mint('bob', 9n);
    const filter = { from: 'beginning', types: ['transfer'], walletId: 'bob' } as const;
    for await (const { record } of spydra.transactions.watch(filter)) {
      expect(record.transactionId).toBe(transactionId);
      break;
    }
  });

  it('passes over the events of other contracts of the chaincode', async () => {
    const { chain, spydra, mint } = await setUp();
    const from = await spydra.transactions.checkpoint();
    const payloads = ['', 'text', '[]', '{"records":7}', 'null'];
    const block = await chain.height();
    for (const [n, payload] of payloads.entries()) {
      chain.events.push({ block, transactionId: `of-another-${n}`, payload });
    }
    const { transactionId } = await mint('alice', 1n);
    const { watcher } = watching(chain, from);
    await expect.poll(() => watcher.ids).toEqual([transactionId]);
  });

  it.each<[string, (own: WatchCheckpoint) => WatchCheckpoint]>([
    ['another channel', (own) => ({ ...own, ledger: 'fabric:other:spydra:' })],
    ['a channel without its transaction', (own) => ({ ...own, after: 'missing' })],
    ['a ledger that is polled', () => ({ since: null, seen: [] })],
    ['a block below zero', (own) => ({ ...own, block: -1 })],
    ['a block that is no number', (own) => ({ ...own, block: '1' })],
  ])('refuses a checkpoint of %s', async (_name, change) => {
    const { chain, spydra, mint } = await setUp();
    const from = await spydra.transactions.checkpoint();
    await mint('alice', 1n);
    await mint('alice', 1n);
    const { watcher } = watching(chain, change(from));
    expect(await watcher.ended).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('from') });
    expect(watcher.ids).toEqual([]);
  });

  it('hands over all in order while its source breaks, delivers twice, and the watcher is killed', async () => {
    const { chain, spydra, assetId } = await setUp();
    const writes = scaled(200);
    chain.copies = 2;
    chain.breaksAfter = 40;
    const handled: string[] = [];
    let run = watching(chain, 'beginning');
    let [kills, again] = [0, 0];
    const restart = async () => {
      const { watcher, spydra: killed } = run;
      await killed.close();
      handled.push(...watcher.ids);
      kills++;
      const last = watcher.from;
      // The last one that was handled may come again.
      run = watching(chain, last ?? 'beginning');
    };
    for (let n = 0; n < writes; n += 20) {
      const orders = Array.from({ length: 20 }, (_, i) => ({ assetId, recipientWallet: `w${i}`, amount: 1n }));
      await spydra.tokens.mintMany(orders, { concurrency: 1 + (n % 3) * 4 });
      await restart();
    }
    const expected = committedOn(chain);
    const seen = () => [...handled, ...run.watcher.ids];
    await expect.poll(() => seen().at(-1), { timeout: 20_000 }).toBe(expected.at(-1));
    const firsts = [...new Set(seen())];
    expect(firsts).toEqual(expected);
    again = seen().length - firsts.length;
    expect(again).toBeLessThanOrEqual(kills);
    expect(kills).toBeGreaterThanOrEqual(10);
  });
});
