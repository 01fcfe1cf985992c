import * as z from 'zod/mini';
import { atLeast, atMost, whole } from '../core/schemas.js';
import { cannotStart, configure } from '../core/validate.js';
import type { CacheStore } from './store.js';

/** How much {@link lru} keeps. */
export interface LruOptions {
  /** Answers, and a version for each asset and wallet that they are about. Default 50,000, at most 16,777,215. */
  readonly maxEntries?: number | undefined;
  /** Bytes of keys and values, at two for each character. Default 50 MB. */
  readonly maxBytes?: number | undefined;
}

interface Entry {
  readonly value: string;
  /** As `performance.now()` counts. */
  readonly expiresAt: number;
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
  // In the order of their last use: a Map lists keys as they were set.
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const remove = (key: string, entry: Entry) => {
    entries.delete(key);
    bytes -= sizeOf(key, entry.value);
  };
  const store: CacheStore = {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.expiresAt < performance.now()) {
        remove(key, entry);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, ttl) {
      const former = entries.get(key);
      if (former !== undefined) remove(key, former);
      const size = sizeOf(key, value);
      if (size > maxBytes) return false;
      entries.set(key, { value, expiresAt: performance.now() + ttl });
      bytes += size;
      for (const [oldest, entry] of entries) {
        if (entries.size <= maxEntries && bytes <= maxBytes) break;
        remove(oldest, entry);
      }
      return true;
    },
    delete(key) {
      const entry = entries.get(key);
      if (entry !== undefined) remove(key, entry);
    },
  };
  inMemory.add(store);
  return store;
}

/** Bytes of an entry in memory, at two for each character. */
const sizeOf = (key: string, value: string) => 2 * (key.length + value.length) + 1;

const inMemory = new WeakSet<CacheStore>();

/** Whether a store is one of {@link lru}, and so never lets anybody wait. */
export function isInMemory(store: CacheStore): boolean {
  return inMemory.has(store);
}
