import { Semaphore } from '../core/semaphore.js';
import { WriteLocks } from '../ledger/write-locks.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { MetadataSupport } from './metadata-support.js';

/** Timeouts come in bursts when a server is overloaded. */
const MAX_SEARCHES = 8;

/** State that the writes to one ledger share, across all clients made by `withOptions`. */
export class SharedWrites {
  readonly keys = new IdempotencyKeys();
  readonly writeLocks = new WriteLocks();
  /** Bounds the searches for unanswered writes. */
  readonly searches = new Semaphore(MAX_SEARCHES);
  readonly metadataSupport = new MetadataSupport();
}
