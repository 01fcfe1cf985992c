import { log } from 'node:console';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { isRedisHere, type RedisServer, redisServer, startRedis, startRedisCluster } from '../helpers/redis.js';
import { openStore, type StoreKind } from '../helpers/redis-stores.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { isLong, scaled } from '../helpers/scale.js';
import type { View } from './cache.program.js';
import { Load, type Phase } from './cache-load.js';
import { type CacheProcess, pair } from './cache-process.js';

const WALLET = 'alice';
const SINGLE = ['keyv', 'ioredis', 'node-redis'] as const;
const EVERY = [...SINGLE, 'ioredis Cluster', 'node-redis cluster'] as const;
/** Milliseconds; only a test that hangs reaches them. */
const PATIENCE = 240_000;
const ROUNDS = scaled(2);
/** Each kind is in at least one short form; `cache-stores` tests what is the same for all. */
const shortOf = <K extends StoreKind>(every: readonly K[], ...short: readonly K[]) => (isLong ? every : short);

describe.skipIf(!isRedisHere())('a cache in Redis', () => {
  describe('of two processes', () => {
    const ports = new Map<string, readonly number[]>();
    const servers: { stop(): Promise<void> }[] = [];
    const portsFor = (kind: StoreKind) => ports.get(kind.includes('luster') ? 'cluster' : 'single') ?? [];

    beforeAll(async () => {
      const [single, cluster] = await Promise.all([startRedis(), startRedisCluster()]);
      servers.push(single, cluster);
      ports.set('single', [single.port]).set('cluster', cluster.ports);
    });

    afterAll(async () => {
      for (const server of servers) await server.stop();
    });

    test.each(shortOf(EVERY, 'keyv', 'node-redis cluster'))(
      '%s: one process reads at once what the other has written',
      async (kind) => {
        const rounds = scaled(3);
        const { assetId, baseUrl } = await served();
        const [a, b] = await pair({ baseUrl, kind, ports: portsFor(kind), lag: 20 });
        for (let round = 1; round <= rounds; round++) {
          const [reader, writer] = round % 3 === 0 ? [b, a] : [a, b];
          // Loads that race with the writes.
          const racing = [1, 2, 3].map(() => reader.ask('view', assetId, WALLET));
          const written = await write(writer, assetId, round);
          const view = await reader.ask('view', assetId, WALLET);
          await Promise.all(racing);
          expect(view).toEqual(written);
          await reader.ask('rest');
          expect(await reader.ask('view', assetId, WALLET)).toEqual(view);
        }
        await expectCached(a, assetId);
      },
    );

    test.each(shortOf(['ioredis', 'ioredis Cluster'], 'ioredis Cluster'))(
      '%s below tiered(): one process reads what the other has written after the bound',
      async (kind) => {
        const bound = 300;
        const { assetId, baseUrl } = await served();
        const [a, b] = await pair({ baseUrl, kind, ports: portsFor(kind), bound });
        for (let round = 1; round <= ROUNDS; round++) {
          const written = await write(b, assetId, round);
          // The writer itself reads it at once.
          expect(await b.ask('view', assetId, WALLET)).toEqual(written);
          await pollFor(bound, () => a.ask('view', assetId, WALLET));
          expect(await a.ask('view', assetId, WALLET)).toEqual(written);
        }
        await expectCached(a, assetId);
      },
    );

    test.each(shortOf(['ioredis', 'node-redis'], 'node-redis'))(
      '%s below tiered() with a channel: one process reads what the other has written long before the bound',
      async (kind) => {
        const { assetId, baseUrl } = await served();
        const [a, b] = await pair({ baseUrl, kind, ports: portsFor(kind), bound: 600_000, hasChannel: true });
        for (let round = 1; round <= ROUNDS; round++) {
          const written = await write(b, assetId, round);
          await vi.waitFor(async () => expect(await a.ask('view', assetId, WALLET)).toEqual(written), PATIENCE);
          expect(await a.ask('view', assetId, WALLET)).toEqual(written);
        }
        await expectCached(a, assetId);
      },
    );

    test.each(shortOf(['ioredis', 'node-redis cluster'], 'ioredis'))(
      '%s: 1,000 concurrent uncached reads send one request to the ledger in each process',
      async (kind) => {
        const { assetId, baseUrl } = await served();
        const both = await pair({ baseUrl, kind, ports: portsFor(kind) });
        await both[0].ask('transfer', assetId, 'treasury', WALLET);
        const bursts = both.map((each) => each.ask('burst', WALLET, 1_000));
        // The ledger responds after requests of both, so that neither finds an entry of the other.
        await vi.waitFor(async () => {
          for (const each of both) expect(await each.ask('gets')).toBeGreaterThan(0);
        }, PATIENCE);
        for (const each of both) await each.ask('release');
        for (const burst of bursts) expect(new Set(await burst)).toEqual(new Set([1n]));
        for (const each of both) expect(await each.ask('gets')).toBe(1);
      },
    );
  });

  describe.each<readonly [string, (redis: RedisServer) => Promise<void>, (redis: RedisServer) => Promise<void>]>([
    ['is killed and started again', (redis) => redis.kill(), (redis) => redis.start()],
    ['hangs and continues', async (redis) => redis.freeze(), async (redis) => redis.thaw()],
  ])('that %s', (what, fail, recover) => {
    test('fails no read, serves no stale balance, and is used again afterwards', async () => {
      const redis = await redisServer();
      const loads = await Promise.all(SINGLE.map((kind) => loadOn(kind, redis)));
      const enter = (phase: Phase) => {
        for (const load of loads) load.phase = phase;
      };
      /** Waits until each of them has made so many more reads. */
      const reads = (count: number) => {
        const goals = loads.map((load) => load.issued + count);
        return vi.waitUntil(() => loads.every((load, index) => load.issued >= (goals[index] ?? 0)), PATIENCE);
      };
      await reads(scaled(100));
      enter('during');
      await fail(redis);
      await reads(scaled(500));
      await recover(redis);
      enter('after');
      const hits = loads.map((load) => load.hits);
      await vi.waitFor(() => {
        for (const [index, load] of loads.entries()) expect(load.hits).toBeGreaterThan((hits[index] ?? 0) + 200);
      }, PATIENCE);
      for (const load of loads) await load.stop();
      for (const load of loads) log(`Redis ${what}, ${load.name}: ${load.summary}`);
      for (const load of loads) expect(load.wrong).toEqual([]);
    });
  });

  describe('that returns with a snapshot from before the last invalidations', () => {
    test.each(shortOf(SINGLE, 'ioredis'))(
      '%s: a client that was open meanwhile reads no stale balance',
      async (kind) => {
        const redis = await redisServer();
        const { spydra, assetId } = await clientOf(kind, redis);
        const balance = async () => (await spydra.wallets.balance(WALLET, { assetId })).balances[0]?.balance ?? 0n;
        const version = async () => redis.ask('GET', await redis.ask('KEYS', `*:version:wallet:${WALLET}`));
        const hits = () => spydra.cache.stats().balances.hits;

        const isCached = () =>
          vi.waitFor(async () => {
            const before = hits();
            await balance();
            expect(hits()).toBeGreaterThan(before);
          }, PATIENCE);

        expect(await balance()).toBe(0n);
        await isCached();
        const saved = await version();
        await redis.ask('SAVE');
        await spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: WALLET, amount: 1n });
        expect(await balance()).toBe(1n);
        await isCached();
        expect(await balance()).toBe(1n);
        expect(await version()).not.toBe(saved);

        await redis.kill();
        for (let n = 0; n < 20; n++) expect(await balance()).toBe(1n);
        await redis.start();
        expect(await version()).toBe(saved);
        const before = hits();
        const read: bigint[] = [];
        await vi.waitFor(async () => {
          read.push(await balance());
          expect(hits()).toBeGreaterThan(before + 10);
        }, PATIENCE);
        expect(new Set(read)).toEqual(new Set([1n]));
      },
    );
  });
});

/** Writes in a round, and returns what every later read must return. */
async function write(writer: CacheProcess, assetId: string, round: number): Promise<View> {
  const name = `Flat ${round}`;
  const renamed = await writer.ask('rename', assetId, name);
  const moved = await writer.ask('transfer', assetId, 'treasury', WALLET);
  const balance = BigInt(round);
  return { balance, held: balance, names: [name, name, name], history: expect.arrayContaining([renamed, moved]) };
}

/** Repeats a read for so long. */
async function pollFor(ms: number, ask: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() <= end) await ask();
}

/** Waits until the reads of a process come from the cache: the other expectations would hold without one, too. */
async function expectCached(process: Awaited<ReturnType<typeof pair>>[number], assetId: string): Promise<void> {
  await vi.waitFor(async () => {
    await process.ask('view', assetId, WALLET);
    for (const hits of await process.ask('hits')) expect(hits).toBeGreaterThan(0);
  }, PATIENCE);
}

/** A client whose cache is in Redis, and an asset whose tokens are in the treasury. */
async function clientOf(kind: StoreKind, redis: RedisServer) {
  const { store, close } = await openStore(kind, [redis.port]);
  onTestFinished(close);
  const { spydra } = sandboxed({}, { cache: { store, prefix: `test-${kind}` } });
  return { spydra, assetId: await minted(spydra, 1_000_000n) };
}

async function loadOn(kind: StoreKind, redis: RedisServer): Promise<Load> {
  const { spydra, assetId } = await clientOf(kind, redis);
  return new Load(kind, spydra, assetId);
}

/** An asset whose tokens are in the treasury, on a sandbox that listens. */
async function served() {
  const { sandbox, spydra } = sandboxed();
  const assetId = await minted(spydra, 1_000_000n);
  const { url } = await sandbox.listen();
  return { assetId, baseUrl: `${url}/v2` };
}
