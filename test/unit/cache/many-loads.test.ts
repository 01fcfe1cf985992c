import { lru } from 'spydra-sdk';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { CachedRead } from '../../../src/cache/loads.js';
import { cacheOption } from '../../../src/cache/options.js';
import { ResponseCache } from '../../../src/cache/response-cache.js';
import type { Call } from '../../../src/core/call.js';
import { withResolvers } from '../../../src/core/with-resolvers.js';
import { STANDARD } from '../../../src/http/retries.js';
import { resolveSettings } from '../../../src/options.js';
import { API_KEY } from '../../helpers/client.js';

/** Microseconds of this process for so many reads of one key that run together, each with a load of its own. */
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
  expect(cache.stats.transactions).toMatchObject({ misses: count, coalesced: 0 });
  return user + system;
}

it('the cost of reads of one key that cannot share a load is proportional to their number', async () => {
  await costOf(1_000);
  const few = await costOf(1_000);
  expect((await costOf(15_000)) / few).toBeLessThan(18);
});
