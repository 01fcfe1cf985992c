import { type CacheStore, lru, tiered } from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { elsewhere } from '../../helpers/elsewhere.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { clientOn, type Fault, mint, remote, renamed } from './failing-store.js';

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
    expect(lines).toEqual(['spydra: the cache store fails; reading without it', 'spydra: the cache store works again']);
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
