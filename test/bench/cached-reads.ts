import { FLAT } from '../helpers/flat.js';
import { startRedis } from '../helpers/redis.js';
import {
  assetIds,
  BENTO,
  BENTO_TIERED,
  closeAll,
  IN_MEMORY,
  inTwoTiers,
  onRedis,
  PLAIN_GET,
  type Read,
  serversOn,
  Upstream,
  type Variant,
} from './cached-read-variants.js';
import { median, printTable } from './table.js';

/*
 * What it costs to read an asset that is cached: the SDK beside caches for everything, in memory, on a Redis server and
 * in two tiers. All are asked for the same 100 assets, and in turns, so that what else the computer does hits all of them
 * alike; ratios are those of one turn. `the cache alone` is the SDK without what a call costs before and after it.
 */

const ROUNDS = 7;
/** Rounds before those that count, for the compiler. */
const WARM_UP = 2;
/** Milliseconds that each variant reads in each round, and those before them that do not count. */
const DURATION = 150;
const RUN_UP = 50;

/** One way to read all assets once. */
interface Reading {
  readonly readAll: () => unknown;
  readonly isSync: boolean;
}

/** Reads all assets over and over for so long; answers the milliseconds per read. */
async function readFor(duration: number, { readAll, isSync }: Reading): Promise<number> {
  const started = performance.now();
  for (let reads = assetIds.length; ; reads += assetIds.length) {
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
  if (asked !== (isCached ? 0 : assetIds.length))
    throw new Error(`${name} asked upstream ${asked} times for ${assetIds.length} reads.`);
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

const redis = await startRedis();
const servers = serversOn(redis.port);
/** Where entries are kept, and with what the rest is compared. */
const tables = [
  ['In memory', BENTO, IN_MEMORY],
  ['On Redis', PLAIN_GET, onRedis(servers)],
  ['In two tiers', BENTO_TIERED, inTwoTiers(servers)],
] as const;
const measured: Awaited<ReturnType<typeof prepare>>[] = [];
for (const variant of tables.flatMap(([, , variants]) => variants)) measured.push(await prepare(variant));

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

const round = (value: number) => value.toFixed(2);
for (const [place, base, variants] of tables) {
  const rows = measured.filter(({ variant }) => variants.includes(variant));
  const compared = measured.find(({ variant }) => variant.name === base)?.times ?? [];
  const ratioOf = (times: readonly number[], index: number) =>
    round(median(times.map((time, turn) => time / (compared[index]?.[turn] ?? Number.NaN))));
  printTable(
    `${place}: microseconds per read of ${assetIds.length} cached assets, median of ${ROUNDS} rounds, and ratio to ${base}`,
    rows.map(({ variant, times: [inTurn = [], atOnce = []], warming }) => ({
      cache: variant.name,
      'one by one': round(1_000 * median(inTurn)),
      ratio: ratioOf(inTurn, 0),
      [`${assetIds.length} at once`]: round(1_000 * median(atOnce)),
      'ratio ': ratioOf(atOnce, 1),
      'asked upstream': variant.isCached === false ? 'each time' : warming,
    })),
  );
}

await closeAll();
await redis.stop();
