import type * as z from 'zod';
import type { Call } from '../core/call.js';
import type { CacheNamespace } from './counters.js';

/** A read that may be answered from the cache. */
export interface CachedRead<T> {
  readonly namespace: CacheNamespace;
  /** Tells it from all others. */
  readonly key: string;
  /** What its answer depends on: a write that touches one of these clears it. */
  readonly tags: readonly string[];
  /** What its answer must hold when it comes out of the store. */
  readonly schema: z.ZodType<T>;
  /** Asks the ledger. */
  load(call: Call): Promise<T>;
  /** The answer as JSON can say it. Default: as it is. */
  pack?(value: T): unknown;
  /** Whether an answer may be kept. Default: any may. */
  isFinal?(value: T): boolean;
  /** Whether it may be served when its time is over, where the options say so. */
  readonly mayBeStale?: boolean;
  /** Whether it may be kept that there is none, where the options say so. */
  readonly mayBeMissing?: boolean;
}
