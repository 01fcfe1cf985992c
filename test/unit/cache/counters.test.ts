import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CacheStore, ConfigurationError, lru, SpydraClient, type SpydraClientOptions, tiered } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { API_KEY, rejection } from '../../helpers/client.js';
import { upstream } from '../../helpers/upstream.js';

const CHANNEL = 'spydra-sdk:cache';

describe('a cached read', () => {
  it('is counted by namespace and result', async () => {
    const { spydra } = upstream();
    await Promise.all([1, 2, 3].map(() => spydra.assets.get('a1')));
    await spydra.assets.get('a1');
    await spydra.wallets.balance('alice');
    await spydra.tokens.supply('a1');
    await spydra.tokens.supply('a1');
    expect(spydra.cache.stats()).toEqual({
      assets: { hits: 1, misses: 1, stale: 0, coalesced: 2, errors: 0 },
      balances: { hits: 0, misses: 1, stale: 0, coalesced: 0, errors: 0 },
      transactions: { hits: 0, misses: 0, stale: 0, coalesced: 0, errors: 0 },
      holders: { hits: 1, misses: 1, stale: 0, coalesced: 0, errors: 0 },
    });
  });

  it('is counted as an error if the store fails, and not counted without a cache', async () => {
    const failing = { get: () => Promise.reject(new Error('down')), set: () => true, delete: () => true };
    const { spydra } = upstream({ cache: { store: failing } });
    await spydra.assets.get('a1');
    expect(spydra.cache.stats().assets).toMatchObject({ misses: 0, errors: 1 });
    const { spydra: uncached } = upstream({ cache: false });
    await uncached.assets.get('a1');
    expect(uncached.cache.stats().assets).toEqual({ hits: 0, misses: 0, stale: 0, coalesced: 0, errors: 0 });
    await uncached.cache.invalidate({ assetId: 'a1' });
    expect(await rejection(uncached.cache.invalidate({}))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('is published as an event, as is an invalidation, only to subscribers', async () => {
    const { spydra } = upstream();
    const events: unknown[] = [];
    const listener = (message: unknown) => void events.push(message);
    await spydra.assets.get('a1');
    subscribe(CHANNEL, listener);
    onTestFinished(() => void unsubscribe(CHANNEL, listener));
    await spydra.assets.get('a1');
    await spydra.cache.invalidate({ assetId: 'a1' });
    await spydra.assets.get('a1');
    unsubscribe(CHANNEL, listener);
    await spydra.assets.get('a1');
    expect(events).toEqual([
      { event: 'hit', namespace: 'assets', key: 'asset:a1' },
      { event: 'invalidate', tags: expect.arrayContaining(['asset:a1', 'tokens:a1', 'assets']) },
      { event: 'miss', namespace: 'assets', key: 'asset:a1' },
    ]);
  });
});

describe('invalid cache options are refused by name:', () => {
  const as = (cache: unknown) => cache as SpydraClientOptions['cache'];

  it.each([
    ['a lifetime below zero', as({ ttl: { assets: -1 } }), 'cache.ttl.assets must not be negative'],
    [
      'a lifetime with a fraction',
      as({ ttl: { balances: 0.5 } }),
      'cache.ttl.balances must be a whole number of milliseconds',
    ],
    ['an infinite lifetime', as({ ttl: { assets: Number.POSITIVE_INFINITY } }), 'cache.ttl.assets must be'],
    [
      'a lifetime of an unknown namespace',
      as({ ttl: { asset: 1 } }),
      'cache.ttl.asset is not a known option (did you mean `assets`?)',
    ],
    ['an unknown option', as({ tttl: 1 }), 'cache.tttl is not a known option (did you mean `ttl`?)'],
    ['a string for the whole option', as('yes'), 'cache must be true, false or an object'],
    ['a store without methods', as({ store: {} }), 'cache.store must have the methods get, set, delete'],
    ['a timeout of 0', as({ timeout: 0 }), 'cache.timeout must be above zero'],
    ['a prefix with spaces', as({ prefix: 'a b' }), 'cache.prefix must be 1 to 64 visible ASCII characters'],
  ])('%s', (_name, cache, message) => {
    const place = { apiKey: API_KEY, projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
    expect(() => new SpydraClient({ ...place, cache })).toThrow(message);
    expect(() => new SpydraClient({ ...place, cache })).toThrow(ConfigurationError);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '500', null])(
    'tiered() with a bound of %j',
    (bound) => {
      expect(() => tiered(lru(), lru(), { bound: bound as number })).toThrow(ConfigurationError);
    },
  );

  it.each(['timeout', 'staleIfError', 'staleWhileRevalidate'])('a %s longer than the longest timer', (name) => {
    for (const ms of [2 ** 31, Number.NaN, Number.MAX_VALUE, '100']) {
      expect(() => upstream({ cache: { [name]: ms } })).toThrow(`cache.${name} must be`);
    }
  });
});

it('no entry is given to a store for longer than the longest timer', async () => {
  const lifetimes: number[] = [];
  const inside = lru();
  const store: CacheStore = {
    ...inside,
    set: (key, value, ttl) => {
      lifetimes.push(ttl);
      return inside.set(key, value, ttl);
    },
  };
  const longest = 2 ** 31 - 1;
  const { spydra } = upstream({ cache: { store, ttl: { assets: longest }, staleIfError: longest } });
  for (let n = 0; n < 2; n++) await spydra.assets.get('a1');
  expect(spydra.cache.stats().assets.hits).toBe(1);
  expect(Math.max(...lifetimes)).toBe(longest);
});
