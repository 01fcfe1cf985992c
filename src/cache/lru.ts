import { LRUCache } from 'lru-cache';
import * as z from 'zod/mini';
import { atLeast, atMost, whole } from '../core/schemas.js';
import { cannotStart, configure } from '../core/validate.js';
import { type CacheStore, localTexts } from './store.js';

/** How much {@link lru} keeps. */
export interface LruOptions {
  /** Results, and a version for each asset and wallet that they are about. Default 50,000, at most 16,777,215. */
  readonly maxEntries?: number | undefined;
  /** Bytes of keys and values, at two for each character. Default 50 MB. */
  readonly maxBytes?: number | undefined;
}

/** V8's Map holds no more. */
const MOST_ENTRIES = 2 ** 24 - 1;
const aboveZero = whole('must be a whole number').check(atLeast(1, 'must be 1 or more'));
const lruOptions = z.strictObject({
  maxEntries: z._default(aboveZero.check(atMost(MOST_ENTRIES, 'must be 16,777,215 or less')), 50_000),
  maxBytes: z._default(aboveZero, 50_000_000),
});

/**
 * A store in this process's memory, which drops what was not used for longest. Clients that are given the same one
 * share it.
 *
 * @throws ConfigurationError for an option that is not known or cannot be.
 * @example
 * ```ts
 * const spydra = new SpydraClient({ cache: { store: lru({ maxBytes: 10_000_000 }) } });
 * ```
 */
export function lru(options: LruOptions = {}): CacheStore {
  const { maxEntries, maxBytes } = configure(lruOptions, options, (problems) => cannotStart('lru()', problems));
  const entries = new LRUCache<string, string>({
    // With `max` it would allocate memory for all of them at once.
    maxSize: maxBytes,
    // Read at each call, as fetch is: a clock that a test installs counts.
    ttlResolution: 0,
    perf: { now: () => performance.now() },
    sizeCalculation: (value, key) => 2 * (key.length + value.length) + 1,
  });
  const store: CacheStore = {
    get: (key) => entries.get(key),
    set(key, value, ttl) {
      const isKept = entries.set(key, value, { ttl }).has(key);
      if (entries.size > maxEntries) entries.pop();
      return isKept;
    },
    delete: (key) => entries.delete(key),
  };
  localTexts.set(store, { isComplete: true, get: (key) => entries.get(key) });
  return store;
}
