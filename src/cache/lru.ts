import { LRUCache } from 'lru-cache';
import type { CacheStore } from './store.js';

/** How much {@link lru} keeps. */
export interface LruOptions {
  /** Answers, and a version for each asset and wallet that they are about. Default 50,000. */
  readonly maxEntries?: number | undefined;
  /** Bytes of keys and values, at two for each character. Default 50 MB. */
  readonly maxBytes?: number | undefined;
}

/**
 * A store in this process's memory, which drops what was not used for longest. Clients that are given the same one
 * share it.
 *
 * @example
 * ```ts
 * const spydra = new SpydraClient({ cache: { store: lru({ maxBytes: 10_000_000 }) } });
 * ```
 */
export function lru({ maxEntries = 50_000, maxBytes = 50_000_000 }: LruOptions = {}): CacheStore {
  const entries = new LRUCache<string, string>({
    max: maxEntries,
    maxSize: maxBytes,
    // Looked up at each call, as fetch is: a clock that a test installs counts.
    perf: { now: () => performance.now() },
    sizeCalculation: (value, key) => 2 * (key.length + value.length) + 1,
  });
  const store: CacheStore = {
    get: (key) => entries.get(key),
    set: (key, value, ttl) => entries.set(key, value, { ttl }).has(key),
    delete: (key) => entries.delete(key),
  };
  inMemory.add(store);
  return store;
}

const inMemory = new WeakSet<CacheStore>();

/** Whether a store is one of {@link lru}, and so never lets anybody wait. */
export function isInMemory(store: CacheStore): boolean {
  return inMemory.has(store);
}
