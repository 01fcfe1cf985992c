import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit';
import { LRUCache } from 'lru-cache';

/** The maximum number of clients that are counted at a time. */
const MOST_SENDERS = 100_000;

/** Counters of this process. Windows are measured by the monotonic clock. */
export class LocalCounts implements Store {
  readonly localKeys = true;
  #counts = countsWithin(1);

  init({ windowMs }: Options): void {
    this.#counts = countsWithin(windowMs);
  }

  increment(key: string): ClientRateLimitInfo {
    const count = this.#counts.get(key) ?? { hits: 0 };
    count.hits++;
    this.#counts.set(key, count);
    return { totalHits: count.hits, resetTime: new Date(Date.now() + this.#counts.getRemainingTTL(key)) };
  }

  decrement(key: string): void {
    const count = this.#counts.get(key);
    if (count) count.hits--;
  }

  resetKey(key: string): void {
    this.#counts.delete(key);
  }
}

function countsWithin(ttl: number) {
  return new LRUCache<string, { hits: number }>({
    // `max` would allocate memory for all of them at once.
    maxSize: MOST_SENDERS,
    sizeCalculation: () => 1,
    ttl,
    noUpdateTTL: true,
    ttlResolution: 0,
    perf: { now: () => performance.now() },
  });
}
