import { type CacheMode, type CacheStore, lru, NotCachedError, NotFoundError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';

const READS: readonly (readonly [string, number, (spydra: SpydraClient, cache?: CacheMode) => PromiseLike<unknown>])[] =
  [
    ['assets.get', 300_000, (s, cache) => s.assets.get('a1', { cache })],
    ['assets.list', 300_000, (s, cache) => s.assets.list({}, { cache })],
    ['wallets.balance', 30_000, (s, cache) => s.wallets.balance('alice', {}, { cache })],
    ['transactions.get', 60_000, (s, cache) => s.transactions.get('t1', { cache })],
    ['transactions.list', 60_000, (s, cache) => s.transactions.list({}, { cache })],
    ['assets.history', 60_000, (s, cache) => s.assets.history('a1', {}, { cache })],
    ['wallets.transactions', 60_000, (s, cache) => s.wallets.transactions('alice', {}, { cache })],
  ];

const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };
const mint = (spydra: SpydraClient) => spydra.tokens.mint(MINT);
const rename = (spydra: SpydraClient) =>
  spydra.assets.update('a1', { updates: { name: 'second' }, updaterWallet: 'alice' });

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

describe('a write', () => {
  it.each([
    ['mint', mint, ['assets.get', 'wallets.balance', 'transactions.list', 'assets.history', 'wallets.transactions']],
    ['update', rename, ['assets.get', 'assets.list', 'wallets.balance', 'transactions.list', 'assets.history']],
  ])('%s invalidates what it touches before it resolves', async (_name, write, cleared) => {
    const { spydra, asked } = upstream();
    await mint(spydra);
    for (const [, , read] of READS) await read(spydra);
    await write(spydra);
    for (const [name, , read] of READS) {
      const before = asked.length;
      await read(spydra);
      if (cleared.includes(name)) expect([name, asked.length - before]).toEqual([name, 1]);
    }
  });

  it('invalidates the caches of the clients made by withOptions, in both directions', async () => {
    const { spydra } = upstream();
    for (const options of [{ cache: false }, { deadline: 1_000 }, { cache: { store: lru() } }]) {
      const other = spydra.withOptions(options);
      const balance = async (client: SpydraClient) =>
        (await client.wallets.balance('alice')).balances[0]?.balance ?? 0n;
      const before = await balance(spydra);
      await balance(other);
      await mint(other);
      expect(await balance(spydra)).toBe(before + 5n);
      await mint(spydra);
      expect(await balance(other)).toBe(before + 10n);
      await other.close();
    }
  });

  it('of unknown outcome keeps what it touches out of the cache until it can no longer be applied', async () => {
    const pass = fakeTime();
    const { spydra, asked, answer } = upstream({ uncertaintyWindow: 20_000, deadline: 1_000 });
    await spydra.wallets.balance('alice');
    answer((_url, init) => (init?.method === 'POST' ? Promise.reject(new Error('lost')) : undefined));
    const lost = rejection(mint(spydra));
    await vi.waitFor(() => expect(asked.some((path) => path.includes('idempotencyKey'))).toBe(true), 60_000);
    await pass(1_000);
    expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    answer(undefined);
    const requests = async () => {
      const before = asked.length;
      await spydra.wallets.balance('alice');
      return asked.length - before;
    };
    expect([await requests(), await requests()]).toEqual([1, 1]);
    await pass(19_000);
    expect([await requests(), await requests()]).toEqual([1, 1]);
    await pass(2_500);
    expect([await requests(), await requests(), await requests()]).toEqual([1, 0, 0]);
  });

  it.each([
    ['nothing', async () => {}],
    ['another write', mint],
    ['a refused write', (s: SpydraClient) => rejection(s.tokens.mint({ ...MINT, recipientWallet: 'refused' }))],
    ['cache.invalidate()', (s: SpydraClient) => s.cache.invalidate({ walletId: 'alice', assetId: 'a1' })],
    ['transactions.wait() for it', (s: SpydraClient) => s.transactions.wait('t1')],
  ])('that was only accepted keeps what it touches out of the cache, followed by %s', async (_name, next) => {
    const pass = fakeTime();
    const { spydra, asked, answer } = upstream({ uncertaintyWindow: 20_000 });
    answer((_url, init) =>
      String(init?.body).includes('refused') ? Response.json({ code: 'SUPPLY_EXCEEDED' }, { status: 409 }) : undefined,
    );
    await spydra.wallets.balance('alice');
    await spydra.tokens.mint(MINT, { confirm: false });
    await advancing(pass, next(spydra));
    const requests = async () => {
      const before = asked.length;
      await spydra.wallets.balance('alice');
      return asked.length - before;
    };
    expect([await requests(), await requests()]).toEqual([1, 1]);
    await pass(21_000);
    expect([await requests(), await requests(), await requests()]).toEqual([1, 0, 0]);
  });

  it('that was only accepted keeps what it touches out of the cache of other clients on the store, also when they write', async () => {
    const store = lru();
    const { spydra } = upstream({ cache: { store }, uncertaintyWindow: 20_000 });
    const other = upstream({ cache: { store } });
    await spydra.tokens.mint(MINT, { confirm: false });
    await mint(other.spydra);
    for (let n = 0; n < 3; n++) await other.spydra.wallets.balance('alice');
    expect(other.spydra.cache.stats().balances).toMatchObject({ hits: 0 });
  });

  it('that was only accepted keeps what it touches out of the cache if the store loses everything', async () => {
    const entries = new Map<string, string>();
    const store: CacheStore = {
      get: (key) => entries.get(key),
      set: (key, value) => entries.set(key, value),
      delete: (key) => entries.delete(key),
    };
    const { spydra, asked } = upstream({ cache: { store }, uncertaintyWindow: 20_000 });
    await spydra.tokens.mint(MINT, { confirm: false });
    entries.clear();
    asked.length = 0;
    for (let n = 0; n < 3; n++) await spydra.wallets.balance('alice');
    expect(asked).toHaveLength(3);
  });

  it('that was refused invalidates nothing', async () => {
    const { spydra, asked, answer } = upstream();
    await spydra.wallets.balance('alice');
    answer((_url, init) => (init?.method === 'POST' ? new Response('{}', { status: 400 }) : undefined));
    await rejection(mint(spydra));
    const before = asked.length;
    await spydra.wallets.balance('alice');
    expect(asked).toHaveLength(before);
  });

  it('invalidates entries of clients with another prefix on the store', async () => {
    const store = lru();
    const { spydra } = upstream({ cache: { store, prefix: 'admin' } });
    const { spydra: other, asked } = upstream({ cache: { store, prefix: 'public' } });
    await other.wallets.balance('alice');
    await mint(spydra);
    await other.wallets.balance('alice');
    expect(asked).toHaveLength(2);
  });

  it('of another program is covered by cache.invalidate(): the asset, its lists and history, and balances with its name', async () => {
    const { spydra, asked } = upstream();
    for (const [, , read] of READS) await Promise.resolve(read(spydra)).catch(() => {});
    await spydra.cache.invalidate({ assetId: 'a1' });
    asked.length = 0;
    await spydra.assets.list();
    await spydra.wallets.balance('alice');
    await spydra.assets.history('a1');
    expect(asked).toHaveLength(3);
  });

  it('that adds a document invalidates the history of its asset', async () => {
    const { spydra, asked, answer } = upstream();
    await spydra.assets.history('a1');
    answer((url) => (url.pathname.endsWith('/metadata') ? Response.json({ metadataId: 'm1' }) : undefined));
    await spydra.assets.addMetadata('a1', { deed: 'x' });
    const before = asked.length;
    await spydra.assets.history('a1');
    expect(asked.length - before).toBe(1);
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
