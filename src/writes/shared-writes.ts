import type { WriteCall } from '../core/call.js';
import { ExpiringMap } from '../core/expiring-map.js';
import { RwLocks } from '../core/rw-lock.js';
import { Semaphore } from '../core/semaphore.js';
import { commitState, type TransactionRecord } from '../ledger/ledger.js';
import { WriteLocks } from '../ledger/write-locks.js';
import { earlierUnknown } from './errors.js';
import { MetadataSupport } from './metadata-support.js';
import { carriesKey, isAlive } from './write-identity.js';

/** Timeouts come in bursts when a server is overloaded. */
const MAX_SEARCHES = 8;

/** The transaction that was accepted under a key. */
interface Holder {
  readonly transactionId: string;
  /** When its request was sent, epoch milliseconds; undefined if it was found on the ledger. */
  readonly sentAt?: number;
  /** That of its record, if it was found. */
  readonly timestamp?: string;
}

/**
 * State that the writes to one ledger share, across all clients made by `withOptions`. Durations use the monotonic clock:
 * setting the system clock must not end one early.
 */
export class SharedWrites {
  readonly writeLocks = new WriteLocks();
  /** Bounds the searches for unanswered writes. */
  readonly searches = new Semaphore(MAX_SEARCHES);
  readonly metadataSupport = new MetadataSupport();
  /** By idempotency key, as are those that follow. */
  readonly keyLocks = new RwLocks();
  /** The transaction that was accepted lately. */
  readonly holders = new ExpiringMap<Holder>();
  /** When a request can no longer be applied, as `performance.now()` counts. */
  readonly uncertain = new ExpiringMap<number>();
  /** How many calls are writing. */
  readonly writers = new Map<string, number>();
  /** The system clock at the origin of the monotonic clock, whatever it is set to later. */
  readonly #startedAt = Date.now() - performance.now();

  /** Epoch milliseconds: the later of two clocks, so that an older record does not count as fresh. */
  now(): number {
    return Math.max(Date.now(), this.#startedAt + performance.now());
  }
}

/** The use of one key by one call. */
export class KeyUse {
  /** Ids of transactions under the key that have failed: they no longer hold it. */
  readonly failed = new Set<string>();
  readonly #shared: SharedWrites;
  readonly #key: string;
  readonly #window: number;

  /** @param uncertaintyWindow - milliseconds for which a request may still be applied, and lists may lag */
  constructor(shared: SharedWrites, key: string, uncertaintyWindow: number) {
    this.#shared = shared;
    this.#key = key;
    this.#window = uncertaintyWindow;
  }

  /**
   * Runs a call that writes. Calls under one key that the caller gave run one at a time: the later one finds what the
   * earlier one did.
   *
   * @throws OutcomeUnknownError if the call ends before it has begun
   */
  async during<T>(call: WriteCall, work: () => Promise<T>): Promise<T> {
    const { keyLocks, writers } = this.#shared;
    const release = call.keyIsGiven
      ? await keyLocks.acquire(this.#key, call.signal).catch((error: unknown) => {
          throw earlierUnknown(error, call);
        })
      : undefined;
    writers.set(this.#key, (writers.get(this.#key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (writers.get(this.#key) ?? 1) - 1;
      if (left > 0) writers.set(this.#key, left);
      else writers.delete(this.#key);
      release?.();
    }
  }

  /** Whether a call is writing under the key now. */
  get isInFlight(): boolean {
    return this.#shared.writers.has(this.#key);
  }

  /** The transaction that was accepted under the key lately, if any. */
  get holder(): Holder | undefined {
    return this.#shared.holders.get(this.#key);
  }

  /** Notes the transaction that holds the key: lists may lag behind it. */
  hold(transactionId: string, sentAt = this.#shared.now()): void {
    this.#shared.holders.set(this.#key, { transactionId, sentAt }, this.#window);
  }

  /**
   * Notes a transaction that was found under the key: the next list, of another replica, may lag behind. Where one is
   * committed, all others under the key have failed; an earlier one that was found has failed in any case.
   */
  holdFound(record: TransactionRecord): void {
    const { holder } = this;
    const { transactionId, timestamp } = record;
    if (holder?.transactionId === transactionId) return;
    const isLater = holder?.timestamp !== undefined && Date.parse(timestamp) > Date.parse(holder.timestamp);
    const isLast = commitState(record) === 'committed' && carriesKey(record, this.#key);
    if (holder && !isLater && !isLast) return;
    this.#shared.holders.set(this.#key, { transactionId, timestamp }, this.#window);
  }

  /** Removes the transaction that held the key: it failed, or is of another write. */
  release(): void {
    this.#shared.holders.delete(this.#key);
  }

  /** Whether a transaction has failed; if so, releases the key. A list may show as pending what has failed since. */
  noteFailure(record: TransactionRecord): boolean {
    const { transactionId } = record;
    if (isAlive(record) && !this.failed.has(transactionId)) return false;
    this.failed.add(transactionId);
    if (this.holder?.transactionId === transactionId) this.release();
    return true;
  }

  /** When a request under the key can no longer be applied (`performance.now()`), if one may be now. */
  get uncertainUntil(): number | undefined {
    return this.#shared.uncertain.get(this.#key);
  }

  /** Notes that a request under the key may still be applied: until then, not finding it proves nothing. */
  markUncertain(): void {
    const until = Math.max(performance.now() + this.#window, this.uncertainUntil ?? 0);
    this.#shared.uncertain.set(this.#key, until, until - performance.now());
  }
}
