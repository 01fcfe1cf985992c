import { type CacheStore, lru } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { elsewhere } from '../../helpers/elsewhere.js';
import { fakeTime } from '../../helpers/time.js';
import { clientOn, mint, renamed } from './failing-store.js';

describe('a store that returns with an old snapshot', () => {
  it.each([
    ['fail', () => Promise.reject(new Error('connection lost'))],
    ['hang', () => new Promise<never>(() => {})],
  ])('is distrusted by a client that saw it %s once', async (_name, fault) => {
    const entries = new Map<string, string>();
    let isDown = false;
    const ask = async <T>(work: () => T): Promise<T> => (isDown ? fault() : work());
    const store: CacheStore = {
      get: (key) => ask(() => entries.get(key)),
      set: (key, value) => ask(() => entries.set(key, value)),
      delete: (key) => ask(() => entries.delete(key)),
    };
    const { spydra } = clientOn(store);
    await spydra.assets.get('a1');
    const snapshot = [...entries];
    await spydra.assets.update('a1', renamed);
    isDown = true;
    await spydra.assets.get('a1');
    isDown = false;
    entries.clear();
    for (const [key, value] of snapshot) entries.set(key, value);
    expect((await spydra.assets.get('a1')).name).toBe('second');
  });
});

it('a store that loses what it reported to keep serves the client that wrote no older data', async () => {
  const inside = lru();
  let isLosing = false;
  const store: CacheStore = {
    ...elsewhere(inside),
    set: async (key, value, ttl) => isLosing || inside.set(key, value, ttl),
  };
  const { spydra } = clientOn(store);
  await spydra.wallets.balance('alice');
  isLosing = true;
  await spydra.tokens.mint(mint);
  isLosing = false;
  expect((await spydra.wallets.balance('alice')).balances[0]?.balance).toBe(5n);
});

it('a store that loses a version twice, then returns the old one, serves the client that wrote no older data', async () => {
  const inside = lru();
  const isVersion = (key: string) => key.endsWith(':tag:version:wallet:alice');
  let toLose = 0;
  const store: CacheStore = {
    get: async (key) => (toLose > 0 && isVersion(key) ? undefined : inside.get(key)),
    async set(key, value, ttl) {
      if (toLose === 0 || !isVersion(key)) return inside.set(key, value, ttl);
      toLose--;
      return true;
    },
    delete: async (key) => inside.delete(key),
  };
  const { spydra } = clientOn(store);
  await spydra.wallets.balance('alice');
  toLose = 2;
  await spydra.tokens.mint(mint);
  expect(toLose).toBe(0);
  expect((await spydra.wallets.balance('alice')).balances[0]?.balance).toBe(5n);
});

describe('a store that works', () => {
  it('is not taken for a failing one if it evicts many entries', async () => {
    const { spydra, lines } = clientOn(lru({ maxEntries: 200 }));
    for (let n = 0; n < 4; n++) {
      await spydra.wallets.balances(Array.from({ length: 300 }, (_, i) => `wallet-${n}-${i}`));
    }
    expect(lines).toEqual([]);
  });

  it('is not taken for a failing one if it sometimes loses a version', async () => {
    const inside = lru();
    let isLosing = false;
    const store: CacheStore = {
      ...elsewhere(inside),
      async set(key, value, ttl) {
        if (!isLosing || !key.includes(':tag:version:')) return inside.set(key, value, ttl);
        isLosing = false;
        return true;
      },
    };
    const { spydra, lines } = clientOn(store);
    for (let n = 0; n < 3; n++) {
      for (let i = 0; i < 20; i++) await spydra.assets.get(`asset-${n}-${i}`);
      isLosing = true;
      await spydra.assets.get(`other-${n}`);
    }
    expect(lines).toEqual([]);
  });

  it('is trusted again after a failure, although the clock was set back', async () => {
    const pass = fakeTime();
    let isDown = true;
    const store = elsewhere(lru(), () => {
      if (isDown) throw new Error('connection lost');
    });
    const { spydra } = clientOn(store);
    for (let n = 0; n < 5; n++) await spydra.assets.get('a1');
    isDown = false;
    vi.setSystemTime(Date.now() - 3_600_000);
    for (let n = 0; n < 60; n++) {
      await spydra.assets.get('a1');
      await pass(1_000);
    }
    expect(spydra.cache.stats().assets.hits).toBeGreaterThan(50);
  });
});
