import { lru } from 'spydra-sdk';
import * as z from 'zod/mini';
import type { CachedRead } from '../../src/cache/loads.js';
import { cacheOption } from '../../src/cache/options.js';
import { ResponseCache } from '../../src/cache/response-cache.js';
import type { Call } from '../../src/core/call.js';
import { withResolvers } from '../../src/core/with-resolvers.js';
import { STANDARD } from '../../src/http/retries.js';
import { resolveSettings } from '../../src/options.js';
import { API_KEY } from '../helpers/client.js';
import { printTable } from './table.js';

/** Microseconds of this process's CPU time for so many reads of one key that run together, each with a load of its own. */
async function costOf(count: number): Promise<number> {
  const options = { apiKey: API_KEY, projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
  const cache = new ResponseCache(
    lru(),
    cacheOption.parse({}) as NonNullable<z.output<typeof cacheOption>>,
    resolveSettings(options),
  );
  const { promise, resolve } = withResolvers<number>();
  // Without tags: no write invalidates it, and only reads that begin together share a load.
  const read: CachedRead<number> = {
    namespace: 'transactions',
    key: 'one',
    tags: [],
    schema: z.number(),
    load: () => promise,
  };
  const call: Call = {
    signal: new AbortController().signal,
    deadlineAt: Number.POSITIVE_INFINITY,
    timeout: 30_000,
    retries: STANDARD,
    headers: {},
    cache: 'default',
  };
  const begun = process.cpuUsage();
  const reads: Promise<number>[] = [];
  for (let n = 0; n < count; n++) {
    reads.push(cache.read(read, call));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  resolve(1);
  await Promise.all(reads);
  const { user, system } = process.cpuUsage(begun);
  const { misses, coalesced } = cache.stats.transactions;
  if (misses !== count || coalesced > 0) throw new Error(`${coalesced} reads shared a load.`);
  return user + system;
}

await costOf(1_000);
const rows: { reads: number; 'CPU us per read': string }[] = [];
for (const reads of [1_000, 3_000, 10_000, 30_000]) {
  rows.push({ reads, 'CPU us per read': ((await costOf(reads)) / reads).toFixed(1) });
}
printTable('Concurrent reads of one key that cannot share a load', rows);
