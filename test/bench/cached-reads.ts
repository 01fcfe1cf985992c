import { createKeyv } from '@keyv/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Cacheable } from 'cacheable';
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { type CacheOptions, type CacheStore, type InvalidationChannel, lru, SpydraClient, tiered } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { FLAT } from '../helpers/flat.js';
import { startRedis } from '../helpers/redis.js';
import { median, printTable } from './table.js';

/*
 * What it costs to read an asset that is cached: the SDK beside caches for everything, in memory and on a Redis server.
 * All are asked for the same 100 assets, and in turns, so that what else the computer does hits all of them alike.
 */

const ASSETS = 100;
const ROUNDS = 7;
/** Rounds before those that count, for the compiler. */
const WARM_UP = 2;
/** Milliseconds that each variant reads in each round, and those before them that do not count. */
const DURATION = 150;
const RUN_UP = 50;
const TTL = 300_000;
const BASE = 'lru-cache alone';

type Read = (assetId: string) => unknown;

/** The sandbox as one variant sees it; counts how often it is asked. */
class Upstream {
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

interface Variant {
  readonly name: string;
  /** Whether nothing has to be awaited. */
  readonly isSync?: boolean;
  readonly isCached?: boolean;
  make(upstream: Upstream): Read | Promise<Read>;
}

/** One way to read all assets once. */
interface Reading {
  readonly readAll: () => unknown;
  readonly isSync: boolean;
}

const sandbox = createSandbox();
const closing: (() => unknown)[] = [];

function spydraRead({ fetch }: Upstream, cache: boolean | CacheOptions): Read {
  const spydra = new SpydraClient({ ...sandbox.connection(), fetch, cache });
  closing.push(() => spydra.close());
  return (assetId) => spydra.assets.get(assetId);
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

const IN_MEMORY: readonly Variant[] = [
  {
    name: 'lru-cache alone, nothing awaited',
    isSync: true,
    async make(upstream) {
      const cache = await lruOf(upstream, (asset) => asset as object);
      return (assetId) => cache.get(assetId);
    },
  },
  {
    name: BASE,
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
  { name: 'bentocache', make: (upstream) => bentoRead(upstream, bentostore().useL1Layer(memoryDriver())) },
  {
    name: 'bentocache, serialize: false',
    make: (upstream) => bentoRead(upstream, bentostore().useL1Layer(memoryDriver({ serialize: false }))),
  },
  { name: 'cacheable', make: (upstream) => cacheableRead(upstream, new Cacheable({ ttl: TTL })) },
  { name: 'spydra, no cache', isCached: false, make: (upstream) => spydraRead(upstream, false) },
];

const onRedis = (port: number): readonly Variant[] => {
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
  const connection = { host: '127.0.0.1', port };
  return [
    {
      name: 'ioredis get + JSON.parse',
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
      name: 'bentocache on Redis',
      make: (upstream) => bentoRead(upstream, bentostore().useL2Layer(redisDriver({ connection, prefix: 'l2' }))),
    },
    {
      name: 'spydra, tiered(lru(), ioredis)',
      make(upstream) {
        const redis = connect();
        const store = tiered(lru(), storeOn(redis), { channel: channelOn(redis, connect()) });
        return spydraRead(upstream, { store, prefix: 'tiered' });
      },
    },
    {
      name: 'bentocache, memory + Redis + bus',
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
        cacheableRead(upstream, new Cacheable({ ttl: TTL, secondary: createKeyv(`redis://127.0.0.1:${port}`) })),
    },
  ];
};

/** Reads all assets over and over for so long; answers the milliseconds per read. */
async function readFor(duration: number, { readAll, isSync }: Reading): Promise<number> {
  const started = performance.now();
  for (let reads = ASSETS; ; reads += ASSETS) {
    const done = readAll();
    if (!isSync) await done;
    const passed = performance.now() - started;
    if (passed >= duration) return passed / reads;
  }
}

async function timed(reading: Reading): Promise<number> {
  // What another one left in the processor's caches and on the heap does not count.
  await readFor(RUN_UP, reading);
  return readFor(DURATION, reading);
}

/** Reads each asset once, and throws unless the variant gives the right ones and asks its upstream as it should. */
async function check({ name, isCached = true }: Variant, read: Read, upstream: Upstream): Promise<void> {
  const before = upstream.calls;
  for (const assetId of assetIds) {
    const asset = (await read(assetId)) as { assetId: string; name: string };
    if (asset.assetId !== assetId || asset.name !== FLAT.name) throw new Error(`${name} gave another asset.`);
  }
  const asked = upstream.calls - before;
  if (asked !== (isCached ? 0 : ASSETS)) throw new Error(`${name} asked upstream ${asked} times for ${ASSETS} reads.`);
}

async function prepare(variant: Variant) {
  const upstream = new Upstream();
  const read = await variant.make(upstream);
  for (const assetId of assetIds) await read(assetId);
  const warming = upstream.calls;
  await check(variant, read, upstream);
  const { isSync = false } = variant;
  const inTurn = isSync ? () => assetIds.forEach(read) : () => eachAwaited(read);
  const atOnce = isSync ? () => assetIds.map(read) : () => Promise.all(assetIds.map(read));
  const readings = [inTurn, atOnce].map((readAll) => ({ readAll, isSync }));
  return { variant, upstream, read, warming, readings, times: readings.map((): number[] => []) };
}

async function eachAwaited(read: Read): Promise<void> {
  for (const assetId of assetIds) await read(assetId);
}

const maker = new SpydraClient(sandbox.connection());
closing.push(() => maker.close());
const created = Array.from({ length: ASSETS }, (_, n) => maker.assets.create({ ...FLAT, symbol: `FL${n}` }));
const assetIds = (await Promise.all(created)).map(({ assetId }) => assetId);

const redis = await startRedis();
const variants = [...IN_MEMORY, ...onRedis(redis.port)];
const measured: Awaited<ReturnType<typeof prepare>>[] = [];
for (const variant of variants) measured.push(await prepare(variant));

for (let round = -WARM_UP; round < ROUNDS; round++) {
  for (const { readings, times } of measured) {
    for (const [index, reading] of readings.entries()) {
      const time = await timed(reading);
      if (round >= 0) times[index]?.push(time);
    }
  }
}
for (const { variant, upstream, read, warming } of measured) {
  const asked = upstream.calls - warming;
  if (variant.isCached !== false && asked > 0) throw new Error(`${variant.name} asked upstream ${asked} times.`);
  await check(variant, read, upstream);
}

const micros = (times: readonly number[] | undefined) => 1_000 * median(times ?? []);
const base = measured.find(({ variant }) => variant.name === BASE);
const row = ({ variant, times, warming }: (typeof measured)[number]) => {
  const costs = times.map(micros);
  const ratios = costs.map((cost, index) => (cost / micros(base?.times[index])).toFixed(1));
  return {
    cache: variant.name,
    'one by one': costs[0]?.toFixed(2) ?? '',
    ratio: ratios[0] ?? '',
    [`${ASSETS} at once`]: costs[1]?.toFixed(2) ?? '',
    'ratio ': ratios[1] ?? '',
    'asked upstream': variant.isCached === false ? 'each time' : warming,
  };
};
const title = `microseconds per read of ${ASSETS} cached assets, median of ${ROUNDS} rounds, and ratio to ${BASE}`;
printTable(`In memory: ${title}`, measured.slice(0, IN_MEMORY.length).map(row));
printTable(`With Redis: ${title}`, measured.slice(IN_MEMORY.length).map(row));

for (const close of closing) await close();
await sandbox.close();
await redis.stop();
