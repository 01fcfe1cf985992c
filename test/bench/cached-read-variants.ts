import { fileURLToPath } from 'node:url';
import { createKeyv } from '@keyv/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Cacheable } from 'cacheable';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { type CacheOptions, type CacheStore, type InvalidationChannel, lru, SpydraClient, tiered } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import type * as z from 'zod/mini';
import { STANDARD } from '../../src/http/retries.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { resolveSettings } from '../../src/options.js';
import { FLAT } from '../helpers/flat.js';

/*
 * Ways to read a cached asset, for test/bench/cached-reads.ts.
 */

const ASSETS = 100;
const TTL = 300_000;
export const BENTO = 'bentocache';
export const PLAIN_GET = 'ioredis get + JSON.parse';
export const BENTO_TIERED = 'bentocache, memory + Redis + bus';

export type Read = (assetId: string) => unknown;

/** The sandbox as one variant sees it; counts how often it is asked. */
export class Upstream {
  calls = 0;

  readonly fetch: typeof globalThis.fetch = (input, init) => {
    this.calls++;
    return sandbox.fetch(input, init);
  };

  /** An asset as most read it by hand. */
  async asset(assetId: string): Promise<unknown> {
    const { baseUrl, projectId, networkId, appId, apiKey } = sandbox.connection();
    const url = `${baseUrl}/projects/${projectId}/networks/${networkId}/apps/${appId}/assets/${assetId}`;
    const response = await this.fetch(url, { headers: { 'X-API-Key': apiKey } });
    return ((await response.json()) as { asset: unknown }).asset;
  }
}

export interface Variant {
  readonly name: string;
  /** Whether nothing has to be awaited. */
  readonly isSync?: boolean;
  readonly isCached?: boolean;
  make(upstream: Upstream): Read | Promise<Read>;
}

const sandbox = createSandbox();
const closing: (() => unknown)[] = [() => sandbox.close()];

const maker = new SpydraClient(sandbox.connection());
closing.push(() => maker.close());
const created = Array.from({ length: ASSETS }, (_, n) => maker.assets.create({ ...FLAT, symbol: `FL${n}` }));
export const assetIds = (await Promise.all(created)).map(({ assetId }) => assetId);

/** Ends all that was made here. */
export async function closeAll(): Promise<void> {
  for (const close of closing.toReversed()) await close();
}

function spydraRead({ fetch }: Upstream, cache: boolean | CacheOptions): Read {
  const spydra = new SpydraClient({ ...sandbox.connection(), fetch, cache });
  closing.push(() => spydra.close());
  return (assetId) => spydra.assets.get(assetId);
}

/** From source, as the build bundles it. */
const { outputFiles } = await build({
  stdin: {
    contents: `
      export { cacheOption } from './src/cache/options.js';
      export { ResponseCache } from './src/cache/response-cache.js';
      export { lru } from './src/cache/lru.js';
      export { tiered } from './src/cache/tiered.js';
      export { cachedReads } from './src/ledger/cached-reads.js';`,
    resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  target: 'node20',
  write: false,
});
const alone: typeof import('../../src/cache/options.js') &
  typeof import('../../src/cache/response-cache.js') &
  typeof import('../../src/cache/lru.js') &
  typeof import('../../src/cache/tiered.js') &
  typeof import('../../src/ledger/cached-reads.js') = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`
);

function aloneRead({ fetch }: Upstream, store: CacheStore, prefix: string): Read {
  const spydra = new SpydraClient({ ...sandbox.connection(), fetch });
  closing.push(() => spydra.close());
  const cache = new alone.ResponseCache(
    store,
    alone.cacheOption.parse({ prefix }) as NonNullable<z.output<typeof alone.cacheOption>>,
    resolveSettings(sandbox.connection()),
  );
  const ledger = { getAsset: (assetId: string) => spydra.assets.get(assetId) };
  const { signal } = new AbortController();
  const { getAsset } = alone.cachedReads(ledger as unknown as Ledger, cache);
  return (assetId) =>
    getAsset(assetId, {
      signal,
      deadlineAt: performance.now() + 60_000,
      timeout: 30_000,
      retries: STANDARD,
      headers: {},
      cache: 'default',
    });
}

function bentoRead(upstream: Upstream, store: ReturnType<typeof bentostore>): Read {
  const bento = new BentoCache({ default: 'assets', ttl: TTL, stores: { assets: store } });
  closing.push(() => bento.disconnectAll());
  return (key) => bento.getOrSet({ key, factory: () => upstream.asset(key) });
}

function cacheableRead(upstream: Upstream, cache: Cacheable): Read {
  closing.push(() => cache.disconnect());
  return (key) => cache.getOrSet(key, () => upstream.asset(key));
}

async function filled<V>(upstream: Upstream, pack: (asset: unknown) => V) {
  const cache = new Map<string, V>();
  for (const assetId of assetIds) cache.set(assetId, pack(await upstream.asset(assetId)));
  return cache;
}

async function lruOf<V extends object | string>(upstream: Upstream, pack: (asset: unknown) => V) {
  const cache = new LRUCache<string, V>({ max: 10_000, ttl: TTL });
  for (const [assetId, value] of await filled(upstream, pack)) cache.set(assetId, value);
  return cache;
}

export const IN_MEMORY: readonly Variant[] = [
  {
    name: 'lru-cache alone, nothing awaited',
    isSync: true,
    async make(upstream) {
      const cache = await lruOf(upstream, (asset) => asset as object);
      return (assetId) => cache.get(assetId);
    },
  },
  {
    name: 'lru-cache alone',
    async make(upstream) {
      const cache = await lruOf(upstream, (asset) => asset as object);
      return (assetId) => cache.get(assetId);
    },
  },
  {
    name: 'lru-cache of texts + JSON.parse',
    async make(upstream) {
      const cache = await lruOf(upstream, (asset) => JSON.stringify(asset));
      return (assetId) => JSON.parse(cache.get(assetId) ?? '');
    },
  },
  { name: 'spydra, cache: true', make: (upstream) => spydraRead(upstream, true) },
  { name: 'spydra, the cache alone', make: (upstream) => aloneRead(upstream, alone.lru(), 'memory') },
  { name: BENTO, make: (upstream) => bentoRead(upstream, bentostore().useL1Layer(memoryDriver())) },
  {
    name: 'bentocache, serialize: false',
    make: (upstream) => bentoRead(upstream, bentostore().useL1Layer(memoryDriver({ serialize: false }))),
  },
  { name: 'cacheable', make: (upstream) => cacheableRead(upstream, new Cacheable({ ttl: TTL })) },
  { name: 'spydra, no cache', isCached: false, make: (upstream) => spydraRead(upstream, false) },
];

export const serversOn = (port: number) => {
  const connect = () => {
    const redis = new Redis(port);
    closing.push(() => redis.quit());
    return redis;
  };
  const storeOn = (redis: Redis): CacheStore => ({
    get: (key) => redis.get(key),
    getMany: (keys) => redis.mget(keys),
    set: (key, value, ttl) => redis.set(key, value, 'PX', ttl),
    delete: (key) => redis.del(key),
  });
  const channelOn = (redis: Redis, subscriber: Redis): InvalidationChannel => ({
    publish: (message) => redis.publish('invalidations', message),
    subscribe(listener) {
      subscriber.on('message', (_, message) => listener(message));
      return subscriber.subscribe('invalidations');
    },
  });
  return { connect, storeOn, channelOn, connection: { host: '127.0.0.1', port } };
};
type Servers = ReturnType<typeof serversOn>;

export const onRedis = ({ connection, connect, storeOn }: Servers): readonly Variant[] => [
  {
    name: PLAIN_GET,
    async make(upstream) {
      const redis = connect();
      const texts = await filled(upstream, (asset) => JSON.stringify(asset));
      for (const [assetId, text] of texts) await redis.set(`plain:${assetId}`, text, 'PX', TTL);
      return async (assetId) => JSON.parse((await redis.get(`plain:${assetId}`)) ?? '');
    },
  },
  {
    name: 'spydra on ioredis',
    make: (upstream) => spydraRead(upstream, { store: storeOn(connect()), prefix: 'alone' }),
  },
  {
    name: 'spydra on ioredis, the cache alone',
    make: (upstream) => aloneRead(upstream, storeOn(connect()), 'alone-too'),
  },
  {
    name: 'bentocache on Redis',
    make: (upstream) => bentoRead(upstream, bentostore().useL2Layer(redisDriver({ connection, prefix: 'l2' }))),
  },
];

export const inTwoTiers = ({ connection, connect, storeOn, channelOn }: Servers): readonly Variant[] => [
  {
    name: 'spydra, tiered(lru(), ioredis)',
    make(upstream) {
      const redis = connect();
      const store = tiered(lru(), storeOn(redis), { channel: channelOn(redis, connect()) });
      return spydraRead(upstream, { store, prefix: 'tiered' });
    },
  },
  {
    name: BENTO_TIERED,
    make: (upstream) =>
      bentoRead(
        upstream,
        bentostore()
          .useL1Layer(memoryDriver())
          .useL2Layer(redisDriver({ connection, prefix: 'tiers' }))
          .useBus(redisBusDriver({ connection })),
      ),
  },
  {
    name: 'cacheable, memory + Keyv on Redis',
    make: (upstream) =>
      cacheableRead(
        upstream,
        new Cacheable({ ttl: TTL, secondary: createKeyv(`redis://${connection.host}:${connection.port}`) }),
      ),
  },
];
