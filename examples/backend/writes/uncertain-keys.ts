import { LRUCache } from 'lru-cache';
import { SpydraError, type WriteOptions } from 'spydra-sdk';
import { Refusal } from '../../express/index.js';
import { outcomeUnknown } from './outcome-unknown.js';

/** The maximum number of keys that are remembered. */
const MOST_KEYS = 100_000;

/** The idempotency keys under which a write of this process may still be applied. */
export class UncertainKeys {
  readonly #keys: LRUCache<string, true>;

  /** @param uncertaintyWindow - milliseconds after which a write that was sent is in the ledger's lists, or never will be */
  constructor(uncertaintyWindow: number) {
    this.#keys = new LRUCache({
      // `max` would allocate memory for all of them at once.
      maxSize: MOST_KEYS,
      sizeCalculation: () => 1,
      ttl: uncertaintyWindow,
      perf: { now: () => performance.now() },
    });
  }

  /**
   * Runs a write.
   *
   * @throws OutcomeUnknownError instead of a Refusal while an earlier write may still be applied.
   */
  async run<T>(options: WriteOptions, write: (options: WriteOptions) => Promise<T>): Promise<T> {
    const { idempotencyKey } = options;
    try {
      return await write(options);
    } catch (error) {
      if (error instanceof SpydraError && error.outcome === 'unknown' && error.idempotencyKey) {
        this.#keys.set(error.idempotencyKey, true);
      }
      if (!(error instanceof Refusal) || idempotencyKey === undefined || !this.#keys.has(idempotencyKey)) throw error;
      throw outcomeUnknown(idempotencyKey, 'An earlier write under the key may still be applied.', error);
    }
  }
}
