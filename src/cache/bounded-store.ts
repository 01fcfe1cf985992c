import { abortable, openScope } from '../abort.js';
import type { Logger } from '../telemetry/logger.js';
import type { Awaitable, CacheStore } from './store.js';

/** So many failures in a row, and the store is left alone for a while. */
const MOST_FAILURES = 3;
/** Milliseconds after which a store that failed is tried again. */
const RETRY_AFTER = 1_000;

/** A store did not do what it was asked for. Never reaches a caller: reads go on without the cache. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/**
 * A store that answers within a time or fails, and that is not asked while it keeps failing (a circuit breaker). What
 * it gives back is a text or nothing.
 */
export class BoundedStore {
  readonly #store: CacheStore;
  readonly #timeout: number;
  readonly #logger: Logger;
  #failures = 0;
  #isImmediate = true;
  #isDown = false;
  #retryAt = 0;
  #trustedSince = Number.NEGATIVE_INFINITY;

  constructor(store: CacheStore, timeout: number, logger: Logger) {
    this.#store = store;
    this.#timeout = timeout;
    this.#logger = logger;
  }

  /**
   * Epoch milliseconds: what was loaded before may have been cleared without a trace. A store that failed may have
   * started again from an old copy of itself.
   */
  get trustedSince(): number {
    return this.#trustedSince;
  }

  /** Whether it fails and is left alone. */
  get isDown(): boolean {
    if (this.#isDown && Date.now() >= this.#retryAt) {
      this.#retryAt = Date.now() + RETRY_AFTER + this.#timeout;
      void this.#probe();
    }
    return this.#isDown;
  }

  /** Whether it has answered without a promise so far: in memory, nobody waits for it. */
  get isImmediate(): boolean {
    return this.#isImmediate;
  }

  /** It has not done what it said. */
  distrust(): void {
    this.#trustedSince = Date.now();
  }

  /** Tries it once, though it is left alone. */
  async tryAgain(): Promise<void> {
    if (this.#isDown) await this.#probe();
  }

  /** @throws StoreFailure */
  async read(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    const values = await this.#bounded(() => this.#getMany([...keys]));
    if (!Array.isArray(values) || values.length !== keys.length) throw new StoreFailure('getMany gave another list');
    return values.map((value: unknown) => (typeof value === 'string' ? value : undefined));
  }

  /** @throws StoreFailure */
  async write(key: string, value: string, ttl: number): Promise<void> {
    const done = await this.#bounded(() => this.#store.set(key, value, Math.ceil(ttl)));
    if (done === false) throw new StoreFailure('set gave false');
  }

  #getMany(keys: string[]): Awaitable<readonly unknown[]> {
    if (this.#store.getMany) return this.#store.getMany(keys);
    const values = keys.map((key) => this.#store.get(key));
    return values.some(isPromise) ? Promise.all(values) : values;
  }

  async #bounded<T>(work: () => Awaitable<T>): Promise<T> {
    if (this.isDown) throw new StoreFailure('The store is left alone for a while.');
    try {
      const value = await this.#inTime(work);
      this.#failures = 0;
      return value;
    } catch (error) {
      this.#fail(error);
      throw new StoreFailure('The store failed.', { cause: error });
    }
  }

  async #inTime<T>(work: () => Awaitable<T>): Promise<T> {
    const given = work();
    // What is in memory needs no timer.
    if (!isPromise(given)) return given;
    this.#isImmediate = false;
    const ms = this.#timeout;
    const reason = () => new StoreFailure(`The store did not answer within ${ms} ms.`);
    const scope = openScope(undefined, reason, { ms, reason });
    try {
      return await abortable(Promise.resolve(given), scope.signal);
    } finally {
      scope.release();
    }
  }

  #fail(error: unknown): void {
    this.#failures++;
    // One that answered late may have been another one by then.
    this.distrust();
    if (this.#isDown || this.#failures < MOST_FAILURES) return;
    this.#isDown = true;
    this.#retryAt = Date.now() + RETRY_AFTER;
    const { message } = error instanceof Error ? error : new Error(String(error));
    this.#logger.warn({ reason: message }, 'spydra: the cache store fails; reading without it');
  }

  /** Asks for something, to see whether the store answers again. */
  async #probe(): Promise<void> {
    try {
      await this.#inTime(() => this.#store.get('spydra:probe'));
      this.#isDown = false;
      this.#failures = 0;
      this.distrust();
      this.#logger.info({}, 'spydra: the cache store answers again');
    } catch {
      this.#retryAt = Date.now() + RETRY_AFTER;
    }
  }
}

function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
