import type { WatchInput } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ListServer } from '../../helpers/list-server.js';
import { isLong } from '../../helpers/scale.js';
import { fakeTime } from '../../helpers/time.js';
import { Watcher } from '../../helpers/watcher.js';

const OVERLAP = 60_000;
let pass: (ms: number) => Promise<unknown>;
beforeEach(() => {
  pass = fakeTime();
});

/** A server, and a watch of it that has begun. */
async function watched(input: WatchInput = {}, server = new ListServer()) {
  const client = server.client();
  const watcher = new Watcher(client, { overlap: OVERLAP, ...input });
  await pass(1);
  return { server, client, watcher };
}
afterEach(() => void vi.useRealTimers());

const ago = (ms: number) => Date.now() - ms;

describe('transactions.watch', () => {
  it('yields what is committed from its first poll on, oldest first', async () => {
    const server = new ListServer();
    server.add('earlier', ago(100));
    const { watcher } = await watched({}, server);
    server.add('second', ago(10));
    server.add('first', ago(20));
    await pass(2_000);
    server.add('third', ago(0));
    await pass(2_000);
    expect(watcher.ids).toEqual(['first', 'second', 'third']);
  });

  it("'beginning' yields all transactions there are, and then those that follow", async () => {
    const server = new ListServer();
    for (let n = 0; n < 2_500; n++) server.add(`t${n}`, ago(1_000_000 - n));
    const { watcher } = await watched({ from: 'beginning' }, server);
    await pass(2_000);
    server.add('last', ago(0));
    await pass(2_000);
    expect(watcher.ids).toEqual([...Array.from({ length: 2_500 }, (_, n) => `t${n}`), 'last']);
  });

  it('yields a pending transaction when it has been committed, and one that failed never', async () => {
    const { server, watcher } = await watched();
    const [one, other] = [server.add('one', ago(0), 'PENDING'), server.add('other', ago(0), 'SUBMITTED')];
    await pass(5_000);
    expect(watcher.ids).toEqual([]);
    one.status = 'CONFIRMED';
    other.status = 'FAILED';
    await pass(500);
    expect(watcher.ids).toEqual(['one']);
  });

  it('takes the first final state of a transaction id', async () => {
    const { server, watcher } = await watched();
    const [failed, committed] = [server.add('failed', ago(0), 'FAILED'), server.add('committed', ago(0))];
    await pass(2_000);
    failed.status = 'COMMITTED';
    committed.status = 'FAILED';
    server.add('committed', ago(0), 'FAILED');
    await pass(2_000);
    expect(watcher.ids).toEqual(['committed']);
  });

  it('yields a commit that shows late, within the overlap, among many recent ones', async () => {
    const { server, watcher } = await watched();
    for (let n = 0; n < 150; n++) server.add(`t${n}`, ago(200 * n));
    await pass(18_000);
    const lateSince = server.requests.length;
    server.add('late', ago(OVERLAP - 10));
    await pass(1_000);
    // Polls of the end of the list do not move where the next poll of the whole overlap begins.
    server.add('newer', ago(0));
    await pass(18_000);
    expect(watcher.ids.slice(150)).toEqual(['newer', 'late']);
    expect(server.requests.slice(lateSince).filter((offset) => offset === 0).length).toBeLessThan(3);
  });

  it('yields a commit at once that shows a little late', async () => {
    const { server, watcher } = await watched();
    for (let n = 0; n < 150; n++) server.add(`t${n}`, ago(200 * n));
    await pass(16_000);
    server.add('now', ago(0));
    server.add('late', ago(7_000));
    await pass(2_001);
    expect(watcher.ids.slice(150)).toEqual(['late', 'now']);
  });

  it('yields a commit at once that was pending while many others were committed', async () => {
    const { server, watcher } = await watched();
    const slow = server.add('slow', ago(0), 'PENDING');
    for (let n = 0; n < 180; n++) {
      server.add(`t${n}`, ago(0));
      await pass(100);
    }
    slow.status = 'COMMITTED';
    await pass(300);
    expect(watcher.ids).toContain('slow');
  });

  it('polls as often as `interval` says while nothing happens', async () => {
    const { server, watcher } = await watched({ interval: 250 });
    await pass(30_000);
    server.add('one', ago(0));
    await pass(251);
    expect(watcher.ids).toEqual(['one']);
  });

  it('resumes from a checkpoint of now with what was committed after it', async () => {
    const server = new ListServer();
    server.add('before', ago(0));
    const client = server.client();
    const from = await client.transactions.checkpoint();
    server.add('after', ago(0));
    const watcher = new Watcher(client, { from });
    await pass(1);
    expect(watcher.ids).toEqual(['after']);
  });

  it('yields commits of clients whose clocks are behind or ahead', async () => {
    const { server, watcher } = await watched();
    server.add('ahead', ago(-3_600_000));
    await pass(2_001);
    server.add('now', ago(0));
    server.add('behind', ago(50_000));
    await pass(2_001);
    expect(watcher.ids).toEqual(['ahead', 'behind', 'now']);
  });

  it.each<[string, WatchInput, string[]]>([
    ['an asset', { assetId: 'a1' }, ['t1', 't3']],
    ['a wallet', { walletId: 'bob' }, ['t2']],
    ['types', { types: ['transfer', 'burn'] }, ['t3']],
  ])('yields only what it filters by, on a server that ignores filters: %s', async (_name, input, expected) => {
    const { server, watcher } = await watched(input);
    server.add('t1', ago(3), 'COMMITTED', { assetId: 'a1', toWallet: 'alice' });
    server.add('t2', ago(2), 'COMMITTED', { assetId: 'a2', toWallet: 'bob' });
    server.add('t3', ago(1), 'COMMITTED', { assetId: 'a1', toWallet: 'alice', type: 'transfer' });
    await pass(2_000);
    expect(watcher.ids).toEqual(expected);
  });

  it('resumes after the checkpoint of any event, with what was committed meanwhile', async () => {
    const { server, client } = await watched();
    const ids = Array.from({ length: 30 }, (_, n) => `t${n}`);
    const checkpoints: unknown[] = [];
    for (const [n, id] of ids.entries()) server.add(id, ago(30 - n));
    const events = client.transactions.watch({ from: 'beginning' });
    for (const _ of ids) checkpoints.push((await events.next()).value);
    // Read only after all events: each is the position right after its own one.
    const texts = checkpoints.map((event) => JSON.stringify((event as { checkpoint: object }).checkpoint));
    await client.close();
    await pass(3_600_000);
    server.add('meanwhile', ago(1_800_000));
    for (const n of [0, 7, 29]) {
      const { watcher: resumed, client: other } = await watched({ from: JSON.parse(texts[n] ?? '') }, server);
      await pass(2_000);
      expect(resumed.ids).toEqual([...ids.slice(n + 1), 'meanwhile']);
      await other.close();
    }
  });

  it('survives a server that fails ten times, and a watcher that ends ten times', async () => {
    const server = new ListServer();
    const responses = [
      () => new Response('', { status: 500 }),
      () => new Response('<html>', { status: 503, headers: { 'Retry-After': '2' } }),
      () => new Response('{"transactions":[{"transa'),
      () => Response.error(),
      () => new Response('', { status: 429, headers: { 'Retry-After': '1' } }),
    ];
    const reported: string[] = [];
    let { client, watcher } = await watched({}, server);
    for (let n = 0; n < 10; n++) {
      server.failure = responses[n % responses.length];
      server.add(`away-${n}`, ago(5_000));
      await pass(40_000);
      server.failure = undefined;
      await pass(31_000);
      server.add(`back-${n}`, ago(0));
      await pass(2_001);
      await client.close();
      server.add(`ended-${n}`, ago(0));
      reported.push(...watcher.ids);
      ({ client, watcher } = await watched({ from: watcher.from }, server));
    }
    await pass(2_001);
    reported.push(...watcher.ids);
    const each = Array.from({ length: 10 }, (_, n) => [`away-${n}`, `back-${n}`, `ended-${n}`]).flat();
    expect(reported).toEqual(each);
  });

  it('many watches of one list share its requests', async () => {
    const requests = async (watches: number) => {
      const server = new ListServer();
      const client = server.client();
      const all = Array.from({ length: watches }, () => new Watcher(client, { assetId: 'a1' }));
      await pass(10_000);
      server.add('one', ago(0), 'COMMITTED', { assetId: 'a1' });
      await pass(10_000);
      for (const { ids } of all) expect(ids).toEqual(['one']);
      await client.close();
      return server.requests.length;
    };
    expect(await requests(50)).toBe(await requests(1));
  });

  it('polls less often while nothing happens, and soon while a transaction is pending', async () => {
    const { server } = await watched();
    await pass(20_000);
    const requestsIn = async (ms: number) => {
      const before = server.requests.length;
      await pass(ms);
      return server.requests.length - before;
    };
    expect(await requestsIn(20_000)).toBeLessThanOrEqual(12);
    server.add('one', ago(0), 'PENDING');
    await pass(2_001);
    expect(await requestsIn(20_000)).toBeGreaterThanOrEqual(80);
  });

  it('keeps no more ids than those of the overlap', async () => {
    const { server, watcher } = await watched({ from: 'beginning' });
    const sizes: number[] = [];
    const count = isLong ? 10_000 : 500;
    for (let n = 0; n < count; n++) {
      server.add(`t${n}`, ago(0));
      await pass(1_000);
      if (n % 10 === 0) sizes.push((JSON.parse(watcher.checkpoint ?? '{}').seen ?? []).length);
    }
    await pass(2_000);
    expect(watcher.ids).toHaveLength(count);
    expect(Math.max(...sizes)).toBeLessThan(120);
    expect(Math.max(...sizes)).toBeGreaterThan(50);
  });

  it('reads the list again where it has lost items', async () => {
    const { server, watcher } = await watched({ from: 'beginning' });
    for (let n = 0; n < 300; n++) server.add(`t${n}`, ago(200_000 - 100 * n));
    await pass(2_000);
    server.transactions.splice(0, 200);
    server.add('new', ago(0));
    await pass(3_000);
    expect(watcher.ids.slice(300)).toEqual(['new']);
    server.transactions.length = 0;
    server.add('after', ago(0));
    await pass(3_000);
    expect(watcher.ids.slice(301)).toEqual(['after']);
  });
});
