import { type CacheMode, NotCachedError, NotFoundError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { mint, READS, rename } from './reads-and-writes.js';

describe.each(READS)('%s', (_name, ttl, read) => {
  it('is served from the cache until its lifetime is over', async () => {
    const { spydra, asked } = upstream();
    await mint(spydra);
    const pass = fakeTime();
    const first = await read(spydra);
    const before = asked.length;
    await pass(ttl - 1);
    expect(await read(spydra)).toEqual(first);
    expect(asked).toHaveLength(before);
    await pass(1);
    expect(await read(spydra)).toEqual(first);
    expect(asked).toHaveLength(before + 1);
  });

  it('is not cached without a cache', async () => {
    const { spydra, asked } = upstream({ cache: false });
    await mint(spydra);
    await read(spydra);
    const before = asked.length;
    await read(spydra);
    expect(asked).toHaveLength(before + 1);
  });

  it('throws NotCachedError with `only-if-cached` without a cache', async () => {
    for (const cache of [false, { ttl: { assets: 0, balances: 0, transactions: 0 } }]) {
      const { spydra, asked } = upstream({ cache });
      const only = Promise.resolve(read(spydra, 'only-if-cached'));
      expect(await rejection(only)).toBeInstanceOf(NotCachedError);
      expect(asked).toEqual([]);
    }
  });

  it('follows the cache modes of fetch', async () => {
    const { spydra, asked } = upstream();
    await mint(spydra);
    expect(await rejection(Promise.resolve(read(spydra, 'only-if-cached')))).toBeInstanceOf(NotCachedError);
    const requests = async (cache: CacheMode) => {
      const before = asked.length;
      await read(spydra, cache);
      return asked.length - before;
    };
    expect(await requests('no-store')).toBe(1);
    expect(await rejection(Promise.resolve(read(spydra, 'only-if-cached')))).toBeInstanceOf(NotCachedError);
    expect(await requests('reload')).toBe(1);
    expect(await requests('only-if-cached')).toBe(0);
    expect(await requests('default')).toBe(0);
    expect(await requests('reload')).toBe(1);
  });
});

describe('what is not cached', () => {
  it('includes a pending transaction, and a list that shows one', async () => {
    const { spydra, asked, answer } = upstream();
    await mint(spydra);
    const pending = { transactionId: 't1', type: 'mint', status: 'PENDING', timestamp: '2026-01-01T00:00:00Z' };
    answer((url) => Response.json(url.pathname.endsWith('t1') ? pending : { transactions: [pending], total: 1 }));
    const before = asked.length;
    for (let n = 0; n < 2; n++) {
      await spydra.transactions.get('t1');
      await spydra.transactions.list();
    }
    expect(asked.length - before).toBe(4);
  });

  it('includes searches for a key, also those of reconcile', async () => {
    const { spydra, asked } = upstream();
    await spydra.transactions.list({ idempotencyKey: 'k' });
    const before = asked.length;
    await spydra.transactions.list({ idempotencyKey: 'k' });
    expect(asked.length - before).toBe(1);
    const first = asked.length;
    await spydra.transactions.reconcile('k', { assetId: 'a1' });
    const requests = asked.length - first;
    await spydra.transactions.reconcile('k', { assetId: 'a1' });
    expect(asked.length - first).toBe(2 * requests);
  });

  it('includes the pages of an iterated list', async () => {
    const { spydra } = upstream();
    for (let n = 0; n < 3; n++) await mint(spydra);
    await spydra.transactions.list({ limit: 1, offset: 1 });
    const { asked } = upstream();
    expect(asked).toEqual([]);
    const iterate = async () => {
      const ids: string[] = [];
      for await (const { transactionId } of spydra.transactions.list({ limit: 1 })) ids.push(transactionId);
      return ids;
    };
    expect(await iterate()).toEqual(['t1', 't2', 't3']);
    expect(spydra.cache.stats().transactions).toMatchObject({ hits: 0, misses: 1 });
  });

  it('includes a 404, unless ttl.notFound is set', async () => {
    const answers = (url: URL) => (url.pathname.includes('/assets/') ? new Response('{}', { status: 404 }) : undefined);
    for (const [notFound, requests] of [
      [0, 3],
      [60_000, 1],
    ] as const) {
      const { spydra, asked, answer } = upstream({ cache: { ttl: { notFound } } });
      answer(answers);
      for (let n = 0; n < 3; n++) expect(await rejection(spydra.assets.get('a9'))).toBeInstanceOf(NotFoundError);
      expect(asked).toHaveLength(requests);
      answer(undefined);
      await spydra.cache.invalidate({ assetId: 'a9' });
      expect(await spydra.assets.get('a9')).toMatchObject({ assetId: 'a9' });
    }
  });

  it('includes a namespace with a lifetime of 0', async () => {
    const { spydra, asked } = upstream({ cache: { ttl: { balances: 0 } } });
    await spydra.wallets.balance('alice');
    await spydra.wallets.balance('alice');
    expect(asked).toHaveLength(2);
  });

  it('includes health', async () => {
    const { spydra, asked } = upstream();
    await spydra.health();
    await spydra.health();
    expect(asked).toHaveLength(2);
  });
});

describe('a result from the cache', () => {
  it('is a copy: changing it does not change the cache', async () => {
    const { spydra } = upstream();
    const reads = await Promise.all([1, 2, 3].map(() => spydra.assets.get('a1')));
    reads.push(await spydra.assets.get('a1'));
    for (const asset of reads) Object.assign(asset, { name: 'changed' });
    expect((await spydra.assets.get('a1')).name).toBe('first');
    expect(new Set(reads).size).toBe(4);
  });

  it('has every digit', async () => {
    const { spydra } = upstream();
    const amount = 12_345_678_901_234_567_890_123n;
    await spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'alice', amount });
    for (let n = 0; n < 2; n++) expect((await spydra.wallets.balance('alice')).balances[0]?.balance).toBe(amount);
    expect(spydra.cache.stats().balances.hits).toBe(1);
  });
});

describe('beyond the lifetime of an entry,', () => {
  it('staleWhileRevalidate serves the old entry while it loads a new one; never a balance', async () => {
    const pass = fakeTime();
    const { spydra, asked, answer } = upstream({ cache: { staleWhileRevalidate: 60_000 } });
    await spydra.assets.get('a1');
    await spydra.wallets.balance('alice');
    answer((url) =>
      url.pathname.endsWith('a1')
        ? Response.json({
            asset: { assetId: 'a1', name: 'new', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: '' },
          })
        : undefined,
    );
    await pass(300_001);
    const before = asked.length;
    expect((await spydra.assets.get('a1')).name).toBe('first');
    await pass(10);
    expect((await spydra.assets.get('a1')).name).toBe('new');
    expect(asked.length - before).toBe(1);
    await spydra.wallets.balance('alice');
    expect(asked.length - before).toBe(2);
    expect(spydra.cache.stats().assets).toMatchObject({ stale: 1 });
  });

  it('staleIfError serves the old entry if the server fails, unless it was invalidated; never a balance', async () => {
    const pass = fakeTime();
    const { spydra, answer } = upstream({ cache: { staleIfError: 60_000 } });
    await spydra.assets.get('a1');
    await spydra.wallets.balance('alice');
    answer((_url, init) => (init?.method === 'GET' ? new Response('{}', { status: 503 }) : undefined));
    await pass(300_001);
    expect((await spydra.assets.get('a1')).name).toBe('first');
    expect(await rejection(spydra.wallets.balance('alice'))).toMatchObject({ status: 503 });
    await spydra.cache.invalidate({ assetId: 'a1' });
    expect(await rejection(spydra.assets.get('a1'))).toMatchObject({ status: 503 });
  });

  it('staleWhileRevalidate loads nothing for a closed client, even if another one has the same cache', async () => {
    const pass = fakeTime();
    const { spydra, answer } = upstream({ cache: { staleWhileRevalidate: 60_000 } });
    const other = spydra.withOptions({ deadline: 60_000 });
    await spydra.assets.get('a1');
    const signals: (AbortSignal | null | undefined)[] = [];
    answer((_url, init) => {
      signals.push(init?.signal);
      return new Promise(() => {});
    });
    await pass(300_001);
    expect((await spydra.assets.get('a1')).name).toBe('first');
    await pass(10);
    expect(signals).toMatchObject([{ aborted: false }]);
    await spydra.close();
    expect(signals).toMatchObject([{ aborted: true }]);
    answer(undefined);
    expect((await other.assets.get('a1')).name).toBe('first');
    await pass(10);
    expect(other.cache.stats().assets.stale).toBe(2);
  });

  it('staleWhileRevalidate loads once for all reads that are served meanwhile', async () => {
    const pass = fakeTime();
    const { spydra, asked, answer } = upstream({ cache: { staleWhileRevalidate: 60_000 } });
    await advancing(pass, mint(spydra));
    await spydra.transactions.get('t1');
    await pass(60_001);
    asked.length = 0;
    answer((_url, init) => (init?.method === 'GET' ? new Promise(() => {}) : undefined));
    for (let n = 0; n < 20; n++) {
      await spydra.transactions.get('t1');
      await pass(1);
    }
    expect(asked).toHaveLength(1);
  });

  it('staleIfError does not serve what a write invalidated while the server failed', async () => {
    const pass = fakeTime();
    const { spydra, answer } = upstream({ cache: { staleIfError: 60_000 } });
    await spydra.assets.get('a1');
    await pass(300_001);
    let fail = () => {};
    answer((url, init) => {
      if (init?.method !== 'GET' || !url.pathname.includes('/assets/')) return undefined;
      answer(undefined);
      return new Promise((resolve) => {
        fail = () => resolve(new Response('{}', { status: 503 }));
      });
    });
    const read = rejection(spydra.assets.get('a1'));
    await pass(5);
    await advancing(pass, rename(spydra));
    fail();
    expect(await advancing(pass, read)).toMatchObject({ status: 503 });
  });
});
