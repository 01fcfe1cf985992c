import { BasicClientSideCache, createClient } from 'redis';
import { startRedis } from '../helpers/redis.js';
import { median, printTable, quantile } from './table.js';

/*
 * How one process hears that another has changed a key: over Redis pub/sub, as `tiered` does, or by RESP3 client
 * tracking, where Redis remembers who has read what. How long after the change it is heard of, and what it costs Redis.
 */

const KEYS = 1_000;
const ROUNDS = 5;

const redis = await startRedis();

/** What it costs Redis: microseconds of its processor, and bytes. */
async function costs(): Promise<{ cpu: number; memory: number }> {
  const info = `${await redis.ask('INFO', 'cpu')}\n${await redis.ask('INFO', 'memory')}`;
  const value = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
  return { cpu: (value('used_cpu_user') + value('used_cpu_sys')) * 1e6, memory: value('used_memory') };
}

interface Way {
  /** Reads the keys, so that it wants to hear of them. */
  read(keys: readonly string[]): Promise<void>;
  change(key: string): Promise<void>;
  heard: (listener: (key: string) => void) => void;
  close(): Promise<void>;
}

async function overPubSub(): Promise<Way> {
  const [reader, subscriber, writer] = await Promise.all(
    [1, 2, 3].map(() => createClient({ url: redis.url }).connect()),
  );
  if (!reader || !subscriber || !writer) throw new Error('no client');
  let tell = (_key: string) => {};
  await subscriber.subscribe('invalidations', (key) => tell(key));
  return {
    read: async (keys) => void (await Promise.all(keys.map((key) => reader.get(key)))),
    async change(key) {
      await writer.set(key, 'new');
      void writer.publish('invalidations', key);
    },
    heard: (listener) => {
      tell = listener;
    },
    close: async () => void (await Promise.all([reader, subscriber, writer].map((client) => client.close()))),
  };
}

async function byTracking(): Promise<Way> {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 10 * KEYS, evictPolicy: 'LRU' });
  const [reader, writer] = [
    await createClient({ url: redis.url, RESP: 3, clientSideCache: cache }).connect(),
    await createClient({ url: redis.url }).connect(),
  ];
  return {
    read: async (keys) => void (await Promise.all(keys.map((key) => reader.get(key)))),
    change: async (key) => void (await writer.set(key, 'new')),
    heard: (listener) => void cache.on('invalidate', (key: unknown) => listener(String(key))),
    close: async () => void (await Promise.all([reader, writer].map((client) => client.close()))),
  };
}

async function measure(name: string, make: () => Promise<Way>) {
  const way = await make();
  const keys = Array.from({ length: KEYS }, (_, n) => `spydra:version:wallet:${name}-${n}`);
  const late: number[] = [];
  const changed = new Map<string, number>();
  let onHeard = () => {};
  way.heard((key) => {
    const at = changed.get(key);
    if (at === undefined) return;
    late.push(performance.now() - at);
    changed.delete(key);
    onHeard();
  });
  const before = await costs();
  let memory = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await way.read(keys);
    memory = Math.max(memory, (await costs()).memory);
    for (const key of keys) {
      const heard = new Promise<void>((resolve) => {
        onHeard = resolve;
      });
      changed.set(key, Number.POSITIVE_INFINITY);
      const change = way.change(key).then(() => changed.has(key) && changed.set(key, performance.now()));
      await Promise.all([change, Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 100))])]);
    }
  }
  const after = await costs();
  await way.close();
  // Heard of before the writer itself has its answer: at once.
  const delays = late.map((ms) => Math.max(0, ms));
  return {
    'heard over': name,
    changes: KEYS * ROUNDS,
    heard: late.length,
    'median after the write (ms)': median(delays).toFixed(2),
    '99th percentile (ms)': quantile(delays, 0.99).toFixed(2),
    "Redis' processor (µs a change)": ((after.cpu - before.cpu) / (KEYS * ROUNDS)).toFixed(0),
    'Redis memory while read (kB)': ((memory - before.memory) / 1_000).toFixed(0),
  };
}

const rows = [await measure('pub/sub', overPubSub), await measure('client tracking', byTracking)];
printTable(`${KEYS} keys changed ${ROUNDS} times by one client and read by another, on one Redis`, rows);
await redis.stop();
