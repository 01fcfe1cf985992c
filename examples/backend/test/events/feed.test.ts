import { AuthenticationError, type SpydraClient, type TransactionRecord } from 'spydra-sdk';
import { expect, it, vi } from 'vitest';
import { EventBuffer } from '../../events/event-buffer.js';
import { Feed } from '../../events/feed.js';

const record = (transactionId: string, type = 'transfer'): TransactionRecord => ({
  transactionId,
  type,
  status: 'COMMITTED',
  assetId: 'a1',
  timestamp: '2026-01-01T00:00:00Z',
});

/** A feed of a ledger whose watches do as these say, one after the other. */
function feedOf(...watches: readonly (() => AsyncGenerator<{ record: TransactionRecord }>)[]) {
  const left = [...watches];
  const log = { error: vi.fn() };
  const asset = { status: 'draft' };
  const get = vi.fn(async () => ({ ...asset }));
  const checkpoint = vi.fn(async () => {
    if (left.length === 0) throw new AuthenticationError('refused');
    return {};
  });
  const transactions = { checkpoint, watch: () => left.shift()?.() };
  const spydra = { transactions, assets: { get } } as object as SpydraClient;
  return { feed: new Feed(spydra, log), log, asset, get, checkpoint };
}

const never = () => new Promise<never>(() => {});

it('a feed whose watch fails ends its streams, logs it, and begins anew with the next listener', async () => {
  async function* failing() {
    yield { record: record('t1') };
    throw new AuthenticationError('refused');
  }
  async function* going() {
    yield { record: record('t2') };
    await never();
  }
  const { feed, log } = feedOf(failing, going);
  const first = await feed.open();
  const id = first.idAt(0);
  await vi.waitFor(() => expect(first.isOver).toBe(true));
  expect(log.error).toHaveBeenCalledTimes(1);
  const second = await feed.open();
  expect(second.positionOf(id)).toBeUndefined();
  await vi.waitFor(() => expect(second.at(0)?.record.transactionId).toBe('t2'));
  feed.close();
  expect(second.isOver).toBe(true);
});

it('a feed that cannot begin is unavailable, and tries again with the next listener', async () => {
  const { feed, checkpoint } = feedOf();
  await expect(feed.open()).rejects.toMatchObject({ status: 503, code: 'UPSTREAM_UNAVAILABLE', retryAfter: 5 });
  await vi.waitFor(async () => {
    await expect(feed.open()).rejects.toMatchObject({ status: 503 });
    expect(checkpoint.mock.calls.length).toBeGreaterThanOrEqual(2);
  });
});

it('listeners of a feed share one watch', async () => {
  async function* going() {
    yield { record: record('t1') };
    await never();
  }
  const { feed, checkpoint } = feedOf(going);
  const [one, other] = await Promise.all([feed.open(), feed.open()]);
  expect(one).toBe(other);
  expect(await feed.open()).toBe(one);
  expect(checkpoint).toHaveBeenCalledTimes(1);
});

it('a feed asks again whether an asset is published only after a transaction that may change it', async () => {
  const { feed, asset, get } = feedOf(async function* () {
    yield { record: record('t1') };
    yield { record: record('t2', 'mint') };
    asset.status = 'published';
    yield { record: record('t3', 'publish') };
    yield { record: record('t4') };
    await never();
  });
  const events = await feed.open();
  await vi.waitFor(() => expect(events.next).toBe(4));
  const published = [0, 1, 2, 3].map((position) => events.at(position)?.isPublished);
  expect(published).toEqual([false, false, true, true]);
  expect(get).toHaveBeenCalledTimes(2);
});

it('a buffer of events wakes nobody that no longer waits', async () => {
  const events = new EventBuffer();
  const stop = new AbortController();
  const waiting = events.changed(60_000, stop.signal);
  stop.abort();
  await waiting;
  await events.changed(60_000, stop.signal);
  events.end();
  await events.changed(60_000, new AbortController().signal);
  expect(events.isOver).toBe(true);
});
