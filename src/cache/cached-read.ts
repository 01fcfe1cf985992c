import type * as z from 'zod';
import type { Call } from '../call.js';
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
  /** Asks the ledger; it may go on from an earlier answer, however old that is. */
  load(call: Call, earlier: T | undefined): Promise<T>;
  /** The answer as JSON can say it. Default: as it is. */
  pack?(value: T): unknown;
  /** What is kept of an answer. Default: all of it. */
  keep?(value: T): Kept<T> | undefined;
  /** Milliseconds for which an answer is kept to go on from. Default: none. */
  readonly keptFor?: number;
  /** Whether it may be served when its time is over, where the options say so. */
  readonly mayBeStale?: boolean;
  /** Whether it may be kept that there is none, where the options say so. */
  readonly mayBeMissing?: boolean;
}

/** What is kept of an answer, and whether it may be served or only gone on from. */
export interface Kept<T> {
  readonly value: T;
  readonly isServed: boolean;
}
