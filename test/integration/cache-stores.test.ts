import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';
import { type CacheStore, lru, tiered } from 'spydra-sdk';
import { storeConformance } from 'spydra-sdk/cache-conformance';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isRedisHere, type RedisServer, redisServer, startRedis, startRedisCluster } from '../helpers/redis.js';
import { type OpenStore, openStore, type StoreKind } from '../helpers/redis-stores.js';

const SINGLE: readonly StoreKind[] = ['keyv', 'ioredis', 'node-redis'];
const CLUSTER: readonly StoreKind[] = ['ioredis Cluster', 'node-redis cluster'];

describe('lru()', () => conforms(() => lru()));

// A Keyv is a store; the compiler checks that it is accepted as one.
describe('Keyv in memory', () => conforms((): CacheStore => new Keyv()));

describe.skipIf(!isRedisHere())('in Redis', () => {
  const servers: { stop(): Promise<void> }[] = [];
  const open = new Map<StoreKind, OpenStore>();

  beforeAll(async () => {
    const single = await startRedis();
    servers.push(single);
    const cluster = await startRedisCluster();
    servers.push(cluster);
    for (const kind of SINGLE) open.set(kind, await openStore(kind, [single.port]));
    for (const kind of CLUSTER) open.set(kind, await openStore(kind, cluster.ports));
  });

  afterAll(async () => {
    for (const { close } of open.values()) await close();
    for (const server of servers) await server.stop();
  });

  const storeOf = (kind: StoreKind): CacheStore => {
    const { store } = open.get(kind) ?? {};
    if (!store) throw new Error(`${kind} is not open.`);
    return store;
  };

  for (const kind of [...SINGLE, ...CLUSTER]) {
    describe(kind, () => conforms(() => storeOf(kind)));
    describe(`tiered() over ${kind}`, () => conforms(() => tiered(lru(), storeOf(kind), { bound: 100 })));
  }

  for (const kind of ['ioredis', 'node-redis'] as const) {
    describe(`tiered() over ${kind} with a channel`, () =>
      conforms(() => tiered(lru(), storeOf(kind), { channel: open.get(kind)?.channel, bound: 100 })));
  }
});

describe('the conformance suite detects a faulty store:', () => {
  test.concurrent.each<readonly [string, (sound: CacheStore) => Partial<CacheStore>, readonly string[]]>([
    ['nothing is wrong', () => ({}), []],
    [
      'but not a correct store that is sometimes slow',
      (sound) => {
        const seen = new Set<string>();
        return {
          async get(key) {
            if (key.endsWith('short') && !seen.has(key)) await new Promise((resolve) => setTimeout(resolve, 250));
            seen.add(key);
            return sound.get(key);
          },
        };
      },
      [],
    ],
    ['it does not delete', () => ({ delete: () => true }), ['gives nothing once delete has resolved']],
    [
      'it deletes when delete has resolved',
      (sound) => ({ delete: (key) => void setTimeout(() => sound.delete(key)) }),
      ['gives nothing once delete has resolved'],
    ],
    [
      'it sets when set has resolved',
      (sound) => ({ set: (key, value, ttl) => void setTimeout(() => sound.set(key, value, ttl)) }),
      [
        'gives a text back letter by letter',
        'keeps keys apart, however they are written',
        'gives what was set last, as soon as set has resolved',
        'forgets a text when its time is over, and not before',
        'takes many at once',
      ],
    ],
    [
      'it keeps everything for a minute',
      (sound) => ({ set: (key, value) => sound.set(key, value, 60_000) }),
      ['forgets a text when its time is over, and not before'],
    ],
    [
      'it takes milliseconds for seconds',
      (sound) => ({ set: (key, value, ttl) => sound.set(key, value, 1_000 * ttl) }),
      ['forgets a text when its time is over, and not before'],
    ],
    [
      'it keeps the first time of a key',
      (sound) => {
        const ends = new Map<string, number>();
        return {
          set(key, value, ttl) {
            const end = ends.get(key) ?? Date.now() + ttl;
            ends.set(key, end);
            return sound.set(key, value, Math.max(1, end - Date.now()));
          },
        };
      },
      ['a text that is set again lives for its new time'],
    ],
    [
      'getMany gives what there is, without gaps',
      (sound) => ({
        getMany: (keys) => keys.map((key) => sound.get(key)).filter((value) => value !== undefined),
      }),
      ['getMany, where there is one, gives the same as get, in order'],
    ],
    [
      'getMany gives another order',
      (sound) => ({ getMany: (keys) => keys.map((key) => sound.get(key)).reverse() }),
      ['getMany, where there is one, gives the same as get, in order'],
    ],
    [
      'it parses what it keeps',
      (sound) => ({
        get(key) {
          const text = sound.get(key);
          try {
            return JSON.parse(String(text));
          } catch {
            return text;
          }
        },
      }),
      ['gives a text back letter by letter'],
    ],
    [
      'set gives false',
      () => ({ set: () => false }),
      [
        'gives a text back letter by letter',
        'keeps keys apart, however they are written',
        'gives what was set last, as soon as set has resolved',
        'gives nothing once delete has resolved',
        'forgets a text when its time is over, and not before',
        'a text that is set again lives for its new time',
        'takes many at once',
      ],
    ],
  ])('%s', async (_, brokenBy, failing) => {
    const sound = lru();
    expect(await failingCases(() => ({ ...sound, ...brokenBy(sound) }))).toEqual(failing);
  });
});

describe.skipIf(!isRedisHere())('while its server refuses to write', () => {
  /** The failing cases for a store whose server refuses to write. */
  async function failingCasesOf(redis: RedisServer, store: CacheStore): Promise<string[]> {
    await store.set('before', 'text', 1_000);
    await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const makeSound = () => lru();
    return failingCases(makeSound, () => store);
  }

  test.each(SINGLE)('%s does not report that it kept an entry', async (kind) => {
    const redis = await redisServer();
    const { store, close } = await openStore(kind, [redis.port]);
    onTestFinished(close);
    expect(await failingCasesOf(redis, store)).toEqual([]);
  });

  test('@keyv/redis without throwOnErrors reports so, which the conformance suite detects', async () => {
    const redis = await redisServer();
    const adapter = new KeyvRedis(redis.url);
    onTestFinished(() => adapter.disconnect(true));
    const store = new Keyv({ store: adapter });
    store.on('error', () => {});
    expect(await failingCasesOf(redis, store)).toEqual(['does not say that it keeps a text while its server fails']);
  });
});

/** The failing cases of the conformance suite. */
async function failingCases(makeStore: () => CacheStore, makeFailing?: () => CacheStore): Promise<string[]> {
  const results = await Promise.all(
    storeConformance(makeStore, makeFailing).map(({ name, run }) =>
      run().then(
        () => [],
        () => [name],
      ),
    ),
  );
  return results.flat();
}

function conforms(makeStore: () => CacheStore): void {
  for (const { name, run } of storeConformance(makeStore)) test.concurrent(name, run);
}
