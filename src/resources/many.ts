import pLimit from 'p-limit';
import type { Call } from '../call.js';

/** Requests of one call that are on their way at once. */
const CONCURRENCY = 16;

/** The call, with a bound on how many of its requests are on their way at once. */
export function bounded(call: Call): Call {
  return { ...call, limit: pLimit(CONCURRENCY) };
}

/**
 * Reads for each key: for equal ones once, all at the same time, so that the cache is asked once. One that fails does
 * not stop the others.
 */
export async function readEach<T>(
  keys: readonly string[],
  call: Call,
  read: (key: string, call: Call) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const each = bounded(call);
  const reads = new Map<string, Promise<T>>();
  for (const key of keys) if (!reads.has(key)) reads.set(key, read(key, each));
  return Promise.allSettled(keys.map((key) => reads.get(key) as Promise<T>));
}
