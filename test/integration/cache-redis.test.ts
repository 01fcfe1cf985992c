import { type ChildProcess, fork } from 'node:child_process';
import { log } from 'node:console';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SpydraClient } from 'spydra-sdk';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { program } from '../helpers/program.js';
import { isRedisHere, type RedisServer, redisServer, startRedis, startRedisCluster } from '../helpers/redis.js';
import { openStore, type StoreKind } from '../helpers/redis-stores.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { isLong, scaled } from '../helpers/scale.js';
import type { Commands, Question, Reply, Setup, View } from './cache.program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
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

const WALLETS = ['alice', 'bob', 'carol', 'dave'];
/** Reads of each client, every 10 ms; a slow machine makes fewer, and does not catch up. */
const READS_AT_A_TIME = 5;

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

type Phase = 'before' | 'during' | 'after';

/** A client that reads balances continuously, and transfers sometimes. */
class Load {
  readonly name: string;
  /** The violations: reads that failed or were stale, and writes that failed. */
  readonly wrong: unknown[] = [];
  phase: Phase = 'before';
  readonly #spydra: SpydraClient;
  readonly #assetId: string;
  readonly #delays = { before: [] as number[], during: [] as number[], after: [] as number[] };
  /** Transfers to each wallet that have begun, and those that have resolved. */
  readonly #begun = new Map(WALLETS.map((wallet) => [wallet, 0n]));
  readonly #done = new Map(WALLETS.map((wallet) => [wallet, 0n]));
  readonly #reads = new Set<Promise<void>>();
  readonly #timer = setInterval(() => this.#readOn(), 10);
  readonly #writing: Promise<void>;
  issued = 0;
  #isOver = false;

  constructor(name: string, spydra: SpydraClient, assetId: string) {
    this.name = name;
    this.#spydra = spydra;
    this.#assetId = assetId;
    this.#writing = this.#write();
    onTestFinished(() => this.stop());
  }

  get hits(): number {
    return this.#spydra.cache.stats().balances.hits;
  }

  get summary(): string {
    const parts = Object.entries(this.#delays).map(([phase, delays]) => {
      const p99 = delays.toSorted((a, b) => a - b)[Math.floor(0.99 * delays.length)] ?? 0;
      return `${phase} ${p99.toFixed(1)} ms (${delays.length})`;
    });
    const writes = [...this.#done.values()].reduce((sum, done) => sum + done);
    const { hits, misses, errors, coalesced } = this.#spydra.cache.stats().balances;
    return `p99 of reads ${parts.join(', ')}; ${writes} transfers; ${JSON.stringify({ hits, misses, errors, coalesced })}`;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    await this.#writing;
    await Promise.all(this.#reads);
  }

  #readOn(): void {
    for (const next = this.issued + READS_AT_A_TIME; this.issued < next; this.issued++) {
      const read = this.#read(WALLETS[this.issued % WALLETS.length] ?? '').catch(
        (error) => void this.wrong.push(error),
      );
      this.#reads.add(read);
      void read.finally(() => this.#reads.delete(read));
    }
  }

  async #read(wallet: string): Promise<void> {
    const { phase } = this;
    const [least = 0n, startedAt] = [this.#done.get(wallet), performance.now()];
    const { balances } = await this.#spydra.wallets.balance(wallet, { assetId: this.#assetId });
    this.#delays[phase].push(performance.now() - startedAt);
    const [balance, most = 0n] = [balances[0]?.balance ?? 0n, this.#begun.get(wallet)];
    if (balance < least || balance > most)
      this.wrong.push(`${phase}: ${wallet} has ${balance}, not ${least} to ${most}`);
  }

  async #write(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const toWallet = WALLETS[n % WALLETS.length] ?? '';
      const count = (this.#done.get(toWallet) ?? 0n) + 1n;
      this.#begun.set(toWallet, count);
      try {
        await this.#spydra.tokens.transfer({ assetId: this.#assetId, fromWallet: 'treasury', toWallet, amount: 1n });
        this.#done.set(toWallet, count);
      } catch (error) {
        this.wrong.push(error);
      }
      await sleep(50);
    }
  }
}

/** An asset whose tokens are in the treasury, on a sandbox that listens. */
async function served() {
  const { sandbox, spydra } = sandboxed();
  const assetId = await minted(spydra, 1_000_000n);
  const { url } = await sandbox.listen();
  return { assetId, baseUrl: `${url}/v2` };
}

/** Two processes that share a store. */
function pair(setup: Setup): Promise<[CacheProcess, CacheProcess]> {
  return Promise.all([CacheProcess.start(setup), CacheProcess.start(setup)]);
}

/** A client in a child process, which is killed when the test is over. */
class CacheProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    child.once('exit', () => {
      for (const [id, end] of this.#waiting) end({ id, error: 'The process has ended.' });
    });
  }

  /** Resolves when it is ready. */
  static async start(setup: Setup): Promise<CacheProcess> {
    const child = fork(program('test/integration/cache.program.ts'), [JSON.stringify(setup)], {
      cwd: ROOT,
      execArgv: [],
      serialization: 'advanced',
    });
    const gone = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    const started = new CacheProcess(child);
    await Promise.race([once(child, 'message'), gone.then(() => Promise.reject(new Error('It did not start.')))]);
    return started;
  }

  async ask<C extends keyof Commands>(
    command: C,
    ...input: Parameters<Commands[C]>
  ): Promise<Awaited<ReturnType<Commands[C]>>> {
    const id = ++this.#asked;
    const { value, error } = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, command, input: input as readonly never[] } satisfies Question);
    });
    if (error !== undefined) throw new Error(error);
    return value as Awaited<ReturnType<Commands[C]>>;
  }
}
