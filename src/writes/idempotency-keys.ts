import { ExpiringMap } from '../core/expiring-map.js';
import { RwLocks } from '../core/rw-lock.js';

/** The transaction that was accepted under a key, and when its request was sent: epoch milliseconds. */
export interface Holder {
  readonly transactionId: string;
  readonly sentAt: number;
}

/**
 * The state of idempotency keys in use: a lock for each key, the transaction that was accepted under it lately, and
 * whether an earlier request under it may still be applied. Clients made by `withOptions` share it. Durations use the
 * monotonic clock: setting the system clock must not end one early.
 */
export class IdempotencyKeys {
  readonly locks = new RwLocks();
  readonly #holders = new ExpiringMap<Holder>();
  /** By key: when a request under it can no longer be applied, as `performance.now()` counts. */
  readonly #uncertain = new ExpiringMap<number>();
  /** How many calls are writing under each key. */
  readonly #inFlight = new Map<string, number>();

  /** Runs a call that writes under a key. */
  async during<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#inFlight.get(key) ?? 1) - 1;
      if (left > 0) this.#inFlight.set(key, left);
      else this.#inFlight.delete(key);
    }
  }

  /** Whether a call is writing under the key now. */
  isInFlight(key: string): boolean {
    return this.#inFlight.has(key);
  }

  /** Notes that the caller's own transaction was accepted: lists may lag behind it for `lifetime` milliseconds. */
  accepted(key: string, holder: Holder, lifetime: number): void {
    this.#holders.set(key, holder, lifetime);
  }

  /** The transaction that was accepted under the key lately, if any. */
  holderOf(key: string): Holder | undefined {
    return this.#holders.get(key);
  }

  /** Removes the transaction that held the key: it failed, or is of another write. */
  released(key: string): void {
    this.#holders.delete(key);
  }

  /** Notes that a request under the key was sent, and may still be applied for `lifetime` milliseconds. */
  markUncertain(key: string, lifetime: number): void {
    const until = Math.max(performance.now() + lifetime, this.uncertainUntil(key) ?? 0);
    this.#uncertain.set(key, until, until - performance.now());
  }

  /** When a request under the key can no longer be applied (`performance.now()`), if one may be now. */
  uncertainUntil(key: string): number | undefined {
    return this.#uncertain.get(key);
  }
}
