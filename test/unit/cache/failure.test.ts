import { type CacheStore, type Logger, lru, type SpydraClientOptions, tiered } from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { elsewhere } from '../../helpers/elsewhere.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';

type Fault = (operation: 'get' | 'set') => unknown;

/** A store in memory with the asynchrony of a remote one, and faults that a test sets. */
function remote() {
  const store = lru();
  let fault: Fault | undefined;
  const counts = { get: 0, set: 0 };
  const faulty = async (operation: 'get' | 'set', work: () => unknown) => {
    counts[operation]++;
    return fault ? fault(operation) : work();
  };
  const faultyStore: CacheStore = {
    get: (key) => faulty('get', () => store.get(key)),
    set: (key, value, ttl) => faulty('set', () => store.set(key, value, ttl)),
    delete: (key) => store.delete(key),
  };
  return {
    store: faultyStore,
    counts,
    inside: store,
    fail: (as: Fault | undefined) => {
      fault = as;
    },
  };
}

function clientOn(store: CacheStore, options: SpydraClientOptions = {}) {
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const logger: Logger = { debug: () => {}, info: log, warn: log, error: log };
  return { ...upstream({ cache: { store }, logger, ...options }), lines };
}

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['rejects', () => Promise.reject(new Error('connection lost'))],
  ['rejects with a value that is no error', () => Promise.reject('no error')],
  ['hangs', () => new Promise(() => {})],
  ['returns an object', () => ({ not: 'a text' })],
  ['returns a text that is no entry', () => 'rubbish'],
  [
    'returns an entry of another schema',
    (operation) => (operation === 'get' ? `3 1 1 ${Date.now() + 1e9} \n{"x":1}` : true),
  ],
  ['reports success and does nothing', () => undefined],
  ['reports that it kept nothing', (operation) => (operation === 'set' ? false : undefined)],
];

const mint = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };
const renamed = { updates: { name: 'second' }, updaterWallet: 'w' };

describe.each(FAULTS)('a store that %s', (_name, fault) => {
  it('fails no read and no write, and reads return every write', async () => {
    const { store, fail } = remote();
    const { spydra } = clientOn(store, { cache: { store, timeout: 10 } });
    fail(fault);
    for (let n = 1n; n <= 6n; n++) {
      await spydra.tokens.mint(mint);
      expect((await spydra.wallets.balance('alice')).balances[0]?.balance).toBe(5n * n);
      expect((await spydra.assets.get('a1')).name).toBe('first');
    }
  });

  it('is used again after it recovers, without entries that were invalidated meanwhile', async () => {
    const { store, fail } = remote();
    const { spydra, asked } = clientOn(store, { cache: { store, timeout: 10 } });
    await spydra.assets.get('a1');
    await spydra.wallets.balance('bob');
    fail(fault);
    await spydra.assets.update('a1', renamed);
    for (let n = 0; n < 4; n++) await spydra.wallets.balance('bob');
    fail(undefined);
    expect((await spydra.assets.get('a1')).name).toBe('second');
    const hits = () => spydra.cache.stats().assets.hits;
    await vi.waitFor(
      async () => {
        const before = hits();
        expect((await spydra.assets.get('a1')).name).toBe('second');
        expect(hits()).toBe(before + 1);
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe('a store that keeps failing', () => {
  it('is not used but probed, and is logged once when it fails and once when it recovers', async () => {
    const pass = fakeTime();
    const { store, counts, fail } = remote();
    const { spydra, lines, asked } = clientOn(store);
    fail(() => Promise.reject(new Error('connection lost')));
    for (let n = 0; n < 50; n++) await spydra.assets.get('a1');
    expect(asked).toHaveLength(50);
    // Three times for the entry, and for the version and the uncertainty of its tag.
    expect(counts.get).toBe(9);
    await pass(5_000);
    for (let n = 0; n < 10; n++) await spydra.assets.get('a1');
    await pass(1_500);
    await spydra.assets.get('a1');
    fail(undefined);
    await pass(1_500);
    await spydra.assets.get('a1');
    await pass(1);
    const before = asked.length;
    for (let n = 0; n < 10; n++) await spydra.assets.get('a1');
    expect(asked.length - before).toBe(1);
    expect(lines).toEqual([
      'spydra: the cache store fails; reading without it',
      'spydra: the cache store answers again',
    ]);
  });

  it('delays only a few reads by its timeout', async () => {
    const pass = fakeTime();
    const { store, fail } = remote();
    const { spydra } = clientOn(store);
    fail(() => new Promise(() => {}));
    let late = 0;
    for (let n = 0; n < 20; n++) {
      let isDone = false;
      void spydra.assets.get('a1').then(() => {
        isDone = true;
      });
      for (await pass(0); !isDone; late += 10) await pass(10);
    }
    expect(late).toBeLessThanOrEqual(3 * 110);
  });
});

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

describe('a store of which some operations hang', () => {
  const hanging = (isHung: (operation: 'get' | 'set', key: string) => boolean): CacheStore => {
    const inside = lru();
    const or = (operation: 'get' | 'set', key: string, work: () => unknown) =>
      isHung(operation, key) ? new Promise(() => {}) : Promise.resolve(work());
    return {
      get: (key) => or('get', key, () => inside.get(key)),
      set: (key, value, ttl) => or('set', key, () => inside.set(key, value, ttl)),
      delete: (key) => inside.delete(key),
    };
  };

  it.each([
    ['set of entries', (_operation: string, key: string) => key.includes(':entry:') && _operation === 'set'],
    ['set', (operation: string) => operation === 'set'],
    ['get and set', () => true],
  ])('fails no call with a short deadline: %s', async (_name, isHung) => {
    const pass = fakeTime();
    const { spydra } = clientOn(hanging(isHung));
    for (let n = 0; n < 10; n++) {
      expect((await advancing(pass, spydra.assets.get('a1', { deadline: 90 }))).name).toBe('first');
    }
    await advancing(pass, spydra.close());
  });

  it('is not used any more if set hangs, although get works', async () => {
    const { spydra, lines } = clientOn(hanging((operation) => operation === 'set'));
    for (let n = 0; n < 6; n++) await spydra.assets.get('a1');
    expect(lines).toEqual(['spydra: the cache store fails; reading without it']);
  });

  it('does not delay the signal of a read', async () => {
    const store = hanging(() => true);
    const { spydra } = clientOn(store, { cache: { store, timeout: 60_000 } });
    const controller = new AbortController();
    const aborted = rejection(spydra.assets.get('a1', { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED' });
  });

  it('does not delay close()', async () => {
    const pass = fakeTime();
    const store = hanging(() => true);
    const { spydra } = clientOn(store, { cache: { store, timeout: 60_000 } });
    const before = vi.getTimerCount();
    const read = rejection(spydra.assets.get('a1'));
    await pass(5);
    await spydra.close();
    expect(await read).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(vi.getTimerCount()).toBe(before);
  });
});

it('a get that throws leaves no unhandled rejection of a concurrent get', async () => {
  let n = 0;
  const store: CacheStore = {
    get: () => {
      if (n++ % 2 === 0) return Promise.reject(new Error('connection lost'));
      throw new Error('not connected');
    },
    set: () => true,
    delete: () => true,
  };
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  for (const each of [store, tiered(lru(), store)]) {
    const { spydra } = clientOn(each);
    expect((await spydra.assets.get('a1')).name).toBe('first');
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
});

it('a write invalidates no cache of a closed client', async () => {
  const { spydra } = upstream();
  const sets: string[] = [];
  for (let n = 0; n < 5; n++) {
    const inside = lru();
    const store: CacheStore = { ...inside, set: (key) => sets.push(key) };
    await spydra.withOptions({ cache: { store } }).close();
  }
  await spydra.assets.update('a1', renamed);
  expect(sets).toEqual([]);
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

it('a store whose getMany returns a list of another length is not used any more', async () => {
  fakeTime();
  let asked = 0;
  const store: CacheStore = {
    ...elsewhere(lru()),
    getMany: async () => {
      asked++;
      return [];
    },
  };
  const { spydra, lines } = clientOn(store);
  for (let n = 0; n < 50; n++) await spydra.assets.get('a1');
  expect(asked).toBeLessThan(10);
  expect(lines).toEqual(['spydra: the cache store fails; reading without it']);
});
