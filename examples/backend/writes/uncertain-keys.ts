import { LRUCache } from 'lru-cache';
import { SpydraError, type WriteOptions } from 'spydra-sdk';

/** The maximum number of keys that are remembered. */
const MOST_KEYS = 100_000;

/**
 * The idempotency keys under which this process has sent a write that may be applied, or was, and that the ledger may not
 * show yet.
 */
export class UncertainKeys {
  /** How many requests under a key have not ended. */
  readonly #inFlight = new Map<string, number>();
  readonly #ended: LRUCache<string, true>;

  /** @param uncertaintyWindow - milliseconds after which a write that was sent is in the ledger's lists, or never will be */
  constructor(uncertaintyWindow: number) {
    this.#ended = new LRUCache({
      // `max` would allocate memory for all of them at once.
      maxSize: MOST_KEYS,
      sizeCalculation: () => 1,
      ttl: uncertaintyWindow,
      perf: { now: () => performance.now() },
    });
  }

  /** Runs a request that sends a write, from its checks to its end. */
  async during<T>({ idempotencyKey }: WriteOptions, work: () => Promise<T>): Promise<T> {
    this.#count(idempotencyKey, 1);
    try {
      return await work();
    } finally {
      this.#count(idempotencyKey, -1);
    }
  }

  /** Sends a write, and remembers its key unless it was certainly not applied. */
  async noted<T>({ idempotencyKey }: WriteOptions, send: () => Promise<T>): Promise<T> {
    try {
      const result = await send();
      this.#remember(idempotencyKey);
      return result;
    } catch (error) {
      const isSure = error instanceof SpydraError && error.outcome === 'not-applied';
      // The SDK generates a key that is not given.
      const { idempotencyKey: used = idempotencyKey } = error instanceof SpydraError ? error : {};
      if (!isSure) this.#remember(used);
      throw error;
    }
  }

  /** Whether a write of another request under the key may be applied, or was: a refusal now does not say that it was not. */
  isUsedByOthers(idempotencyKey: string): boolean {
    return (this.#inFlight.get(idempotencyKey) ?? 0) > 1 || this.#ended.has(idempotencyKey);
  }

  #remember(idempotencyKey: string | undefined): void {
    if (idempotencyKey !== undefined) this.#ended.set(idempotencyKey, true);
  }

  #count(idempotencyKey: string | undefined, change: number): void {
    if (idempotencyKey === undefined) return;
    const count = (this.#inFlight.get(idempotencyKey) ?? 0) + change;
    if (count > 0) this.#inFlight.set(idempotencyKey, count);
    else this.#inFlight.delete(idempotencyKey);
  }
}
