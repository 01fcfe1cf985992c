import { channel } from '../telemetry/channels.js';

/** What is cached, for a time of its own each. */
export type CacheNamespace = 'assets' | 'balances' | 'transactions' | 'holders';

/** How often reads found this in the cache. */
export interface CacheCounts {
  /** A valid entry. */
  readonly hits: number;
  /** None: the ledger was read. */
  readonly misses: number;
  /** An entry whose lifetime is over, served nevertheless. */
  readonly stale: number;
  /** None, and another read was loading it already. */
  readonly coalesced: number;
  /** The store failed: the ledger was read. */
  readonly errors: number;
}

/** {@link CacheCounts} of each namespace. */
export type CacheStats = Readonly<Record<CacheNamespace, CacheCounts>>;

const EVENTS = { hits: 'hit', misses: 'miss', stale: 'stale', coalesced: 'coalesced', errors: 'error' } as const;
const events = channel('spydra-sdk:cache');

/** Counts what reads find, and publishes it on the channel `spydra-sdk:cache`. */
export class Counters {
  readonly #counts = { assets: zero(), balances: zero(), transactions: zero(), holders: zero() };

  count({ namespace, key }: { namespace: CacheNamespace; key: string }, found: keyof CacheCounts): void {
    this.#counts[namespace][found]++;
    if (events.hasSubscribers) events.publish({ event: EVENTS[found], namespace, key });
  }

  invalidated(tags: readonly string[]): void {
    if (events.hasSubscribers) events.publish({ event: 'invalidate', tags });
  }

  get stats(): CacheStats {
    return structuredClone(this.#counts);
  }
}

function zero(): { -readonly [K in keyof CacheCounts]: number } {
  return { hits: 0, misses: 0, stale: 0, coalesced: 0, errors: 0 };
}
