import { type CacheStore, lru } from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { elsewhere } from '../../helpers/elsewhere.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { clientOn, type Fault, mint, remote, renamed } from './failing-store.js';

describe('an invalidation that could not be written', () => {
  it('is retried without a read, so that other clients on the store see it', async () => {
    const { store, inside, fail } = remote();
    const { spydra } = clientOn(store);
    const other = upstream({ cache: { store: inside } }).spydra;
    expect((await other.assets.get('a1')).name).toBe('first');
    fail((operation) => (operation === 'set' ? Promise.reject(new Error('read only')) : undefined));
    await spydra.assets.update('a1', renamed);
    fail(undefined);
    await vi.waitFor(
      async () => {
        const { misses } = other.cache.stats().assets;
        await other.assets.get('a1');
        expect(other.cache.stats().assets.misses).toBe(misses + 1);
      },
      { timeout: 60_000, interval: 50 },
    );
  });

  it('is retried although another client of the same cache was closed meanwhile', async () => {
    const { store, inside, fail } = remote();
    const { spydra } = clientOn(store);
    const clone = spydra.withOptions({ deadline: 1_000 });
    const other = upstream({ cache: { store: inside } }).spydra;
    await other.assets.get('a1');
    fail(() => Promise.reject(new Error('connection lost')));
    await spydra.assets.update('a1', renamed);
    await clone.close();
    fail(undefined);
    await vi.waitFor(
      async () => {
        // Any read: the client is still open.
        await spydra.wallets.balance('bob');
        const { misses } = other.cache.stats().assets;
        await other.assets.get('a1');
        expect(other.cache.stats().assets.misses).toBe(misses + 1);
      },
      { timeout: 60_000, interval: 50 },
    );
  });

  it('is tried a last time by close()', async () => {
    const { store, inside, fail } = remote();
    const { spydra } = clientOn(store);
    const other = upstream({ cache: { store: inside } }).spydra;
    await other.assets.get('a1');
    fail(() => Promise.reject(new Error('connection lost')));
    await spydra.assets.update('a1', renamed);
    fail(undefined);
    await spydra.close();
    const { misses } = other.cache.stats().assets;
    await other.assets.get('a1');
    expect(other.cache.stats().assets.misses).toBe(misses + 1);
  });
});

it('close() leaves no timer of a pending invalidation', async () => {
  const { store, fail } = remote();
  const { spydra } = clientOn(store);
  await spydra.assets.get('a1');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  fail(() => Promise.reject(new Error('connection lost')));
  await spydra.cache.invalidate({ assetId: 'a1' });
  expect(vi.getTimerCount()).toBe(1);
  await spydra.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('a closed client refuses invalidations, and leaves no timer for them', async () => {
  const { store, fail } = remote();
  const { spydra } = clientOn(store);
  fail(() => Promise.reject(new Error('connection lost')));
  await spydra.close();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await rejection(spydra.cache.invalidate({ assetId: 'a1' }))).toMatchObject({ code: 'CLIENT_CLOSED' });
  expect(vi.getTimerCount()).toBe(0);
});

describe('a store that refuses every set', () => {
  const wallets = Array.from({ length: 300 }, (_, n) => `wallet-${n}`);
  const refuse: Fault = (operation) => (operation === 'set' ? false : undefined);
  const clearAll = ({ spydra }: ReturnType<typeof clientOn>) =>
    Promise.all(wallets.map((walletId) => spydra.cache.invalidate({ walletId })));

  it('is only probed, however many invalidations are pending', async () => {
    const pass = fakeTime();
    const { store, counts, fail } = remote();
    const client = clientOn(store);
    fail(refuse);
    await clearAll(client);
    // The concurrent ones have failed once, and the retries once for each portion.
    await pass(1_000);
    counts.set = 0;
    await pass(10_000);
    // It is probed once a second.
    expect(counts.set).toBeLessThanOrEqual(10);
    expect(client.lines.filter((line) => line.includes('store'))).toEqual([
      'spydra: the cache store fails; reading without it',
    ]);
  });

  it('receives pending invalidations in portions after it recovers', async () => {
    const pass = fakeTime();
    const inside = lru();
    let isWell = false;
    let [open, most] = [0, 0];
    const store: CacheStore = {
      get: async (key) => inside.get(key),
      async set(key, value, ttl) {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 1));
        open--;
        return isWell && inside.set(key, value, ttl);
      },
      delete: (key) => inside.delete(key),
    };
    const client = clientOn(store);
    const other = upstream({ cache: { store: inside } });
    for (const wallet of wallets) await other.spydra.wallets.balance(wallet);
    const working = clearAll(client);
    await pass(5_000);
    await working;
    most = 0;
    isWell = true;
    await pass(5_000);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(100);
    // All invalidations have arrived: other clients load each balance again.
    const before = other.asked.length;
    for (const wallet of wallets) await other.spydra.wallets.balance(wallet);
    expect(other.asked.length - before).toBe(wallets.length);
  });

  it('receives no pending invalidation after all entries that it could hold have expired', async () => {
    const pass = fakeTime();
    const { store, fail } = remote();
    const client = clientOn(store, { cache: { store, ttl: { assets: 60_000, holders: 60_000 } } });
    fail(refuse);
    await clearAll(client);
    await pass(599_000);
    expect(vi.getTimerCount()).toBe(1);
    await pass(20_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a store that always refuses some invalidations', () => {
  /** A client whose store refuses to set certain keys. */
  function clientWithout(refuses: (key: string) => boolean) {
    const inside = lru();
    const store = elsewhere(inside, (operation, key) => {
      if (operation === 'set' && refuses(key)) throw new Error('CLUSTERDOWN');
    });
    const server = upstream({ cache: { store: elsewhere(inside) } });
    return { server, ...clientOn(store, { fetch: server.fetch }) };
  }

  it('still caches all other entries, and is logged once', async () => {
    const pass = fakeTime();
    const { spydra, lines } = clientWithout((key) => key.includes('wallet:dead'));
    await spydra.cache.invalidate({ walletId: 'dead' });
    for (let n = 0; n < 500; n++) {
      await spydra.assets.get('a1');
      await pass(1_000);
    }
    expect(spydra.cache.stats().assets.hits).toBeGreaterThan(450);
    expect(lines).toEqual(['spydra: the cache store does not take invalidations']);
  });

  it('still receives all other invalidations, however many it refuses', async () => {
    const pass = fakeTime();
    let isTaken = true;
    const { spydra, server } = clientWithout((key) => key.includes('dead') || (!isTaken && key.includes('alice')));
    const seen = async () => (await server.spydra.wallets.balance('alice')).balances[0]?.balance;
    expect(await seen()).toBe(0n);
    for (let n = 0; n < 120; n++) {
      await spydra.cache.invalidate({ walletId: `dead-${n}` });
      await spydra.wallets.balance(`fine-${n}`);
    }
    isTaken = false;
    await advancing(pass, spydra.tokens.mint(mint));
    isTaken = true;
    for (let n = 0; n < 30; n++) {
      await spydra.wallets.balance(`fine-${n}`);
      await pass(300);
    }
    // Long before the lifetime of the entry is over.
    expect(await seen()).toBe(5n);
  });
});
