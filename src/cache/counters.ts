import { channel } from '../telemetry/channels.js';

/** What is cached, for a time of its own each. */
export type CacheNamespace = 'assets' | 'balances' | 'transactions' | 'holders';

/** What a read found in the cache. */
export type CacheEvent =
  /** An answer that is valid. */
  | 'hit'
  /** None: the ledger was asked. */
  | 'miss'
  /** One whose lifetime is over, and that was given nevertheless. */
  | 'stale'
  /** None, and another read was loading it already. */
  | 'coalesced'
  /** The store failed: the ledger was asked. */
  | 'error';

/** How often each of these happened. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly coalesced: number;
  readonly errors: number;
}

/** {@link CacheCounts} of each namespace. */
export type CacheStats = Readonly<Record<CacheNamespace, CacheCounts>>;

const NAMES = { hit: 'hits', miss: 'misses', stale: 'stale', coalesced: 'coalesced', error: 'errors' } as const;

const events = channel('spydra-sdk:cache');

/** Counts what reads find, and publishes it on the channel `spydra-sdk:cache`. */
export class Counters {
  readonly #counts = { assets: zero(), balances: zero(), transactions: zero(), holders: zero() };

  count({ namespace, key }: { readonly namespace: CacheNamespace; readonly key: string }, event: CacheEvent): void {
    this.#counts[namespace][NAMES[event]]++;
    if (events.hasSubscribers) events.publish({ event, namespace, key });
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
