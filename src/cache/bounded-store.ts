import { abortable, openScope } from '../abort.js';
import type { Call } from '../call.js';
import type { Logger } from '../telemetry/logger.js';
import { CLOCKS_DIFFER } from './clocks.js';
import { isInMemory } from './lru.js';
import type { Awaitable, CacheStore } from './store.js';

/** So many failures one after the other, and the store is left alone for a while. */
const MOST_FAILURES = 3;
/** Milliseconds after which a store that is left alone is tried again. */
const RETRY_AFTER = 1_000;

/** Milliseconds for which a store shall keep what it is tried with. */
const PROBE_LIFETIME = 10_000;

/** Of the time that is left to a call, so much may be spent on a question to the store. */
const PATIENCE = 0.2;

/** A store did not do what it was asked for. Never reaches a caller: reads go on without the cache. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** Failures of one kind of question in a row; those that were on their way together count once. */
interface Failures {
  count: number;
  lastAt: number;
}

/**
 * A store that answers within a time or fails, and that is not asked while it keeps failing (a circuit breaker). What
 * it gives back is a text or nothing.
 */
export class BoundedStore {
  /** Whether it never lets anybody wait, and never fails. */
  readonly isInMemory: boolean;
  readonly #store: CacheStore;
  readonly #timeout: number;
  readonly #logger: Logger;
  readonly #reading: Failures = { count: 0, lastAt: 0 };
  readonly #writing: Failures = { count: 0, lastAt: 0 };
  readonly #losing: Failures = { count: 0, lastAt: 0 };
  /** Of its own: others who share the store try it too. */
  readonly #probeKey = `spydra-sdk:probe:${crypto.randomUUID()}`;
  /** Ends the questions that are on their way. */
  readonly #open = new Set<(reason: StoreFailure) => void>();
  #isDown = false;
  #retryAt = 0;
  /** By the process's own clock, which nobody sets. */
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(store: CacheStore, timeout: number, logger: Logger) {
    this.isInMemory = isInMemory(store);
    this.#store = store;
    this.#timeout = timeout;
    this.#logger = logger;
  }

  /**
   * Waits, during a call, for what the store is asked: no longer than the call goes on, and not for most of the time that
   * it has left. Undefined: that was too long.
   */
  async during<T>(call: Call, asking: Promise<T>): Promise<T | undefined> {
    if (this.isInMemory) return asking;
    const ms = (call.deadlineAt - Date.now()) * PATIENCE;
    if (ms > this.#timeout) return abortable(asking, call.signal);
    const late = new StoreFailure('The call has no time left for the store.');
    const scope = openScope(call.signal, (reason) => reason, { ms, reason: () => late });
    try {
      return await abortable(asking, scope.signal);
    } catch (error) {
      if (error === late) return undefined;
      throw error;
    } finally {
      scope.release();
    }
  }

  /** Whether it is left alone for now. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /**
   * Whether what was loaded then (epoch milliseconds) has not been cleared without a trace. A store that failed, or
   * answered late, may have started again from an old copy of itself.
   */
  trusts(loadedAt: number): boolean {
    if (this.#failedAt === Number.NEGATIVE_INFINITY) return true;
    const age = Date.now() - loadedAt;
    return age > -CLOCKS_DIFFER && age < performance.now() - this.#failedAt;
  }

  /** It has what it said it had. */
  kept(): void {
    this.#losing.count = 0;
  }

  /** It has not done what it said, when it was told to since then: the failure to throw. */
  lost(message: string, begun: number): StoreFailure {
    const failure = new StoreFailure(message);
    // One in memory has had no room for it.
    if (!this.isInMemory) this.#fail(this.#losing, begun, failure);
    return failure;
  }

  /** @throws StoreFailure */
  async read(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    const values = await this.#bounded(this.#reading, () => this.#getMany([...keys]), isListOf(keys.length));
    return values.map((value: unknown) => (typeof value === 'string' ? value : undefined));
  }

  /** What a store in memory has. */
  readNow(keys: readonly string[]): readonly (string | undefined)[] {
    return keys.map((key) => this.#store.get(key) as string | undefined);
  }

  /**
   * Keeps a text; false: the store says that it did not.
   *
   * @throws StoreFailure
   */
  async write(key: string, value: string, ttl: number): Promise<boolean> {
    return (
      (await this.#bounded(this.#writing, () => this.#store.set(key, value, Math.max(1, Math.ceil(ttl))))) !== false
    );
  }

  /** Tries it once, though it is left alone. */
  async tryAgain(): Promise<void> {
    if (this.#isDown) await this.#probe();
  }

  /** Ends all questions that are on their way. */
  end(): void {
    for (const end of [...this.#open]) end(new StoreFailure('The client is closed.'));
  }

  #getMany(keys: string[]): Awaitable<readonly unknown[]> {
    if (this.#store.getMany) return this.#store.getMany(keys);
    const values = keys.map((key) => this.#get(key));
    return values.some(isPromise) ? Promise.all(values) : values;
  }

  /** One that throws leaves nobody alone with the answers of the others. */
  #get(key: string): Awaitable<unknown> {
    try {
      return this.#store.get(key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #bounded<T>(failures: Failures, ask: () => Awaitable<T>, isGood = (_: T) => true): Promise<T> {
    if (this.#isDown) {
      this.#probeWhenDue();
      throw new StoreFailure('The store is left alone for a while.');
    }
    const begun = performance.now();
    try {
      const given = ask();
      // What is in memory needs no timer.
      const value = isPromise(given) ? await this.#inTime(given) : given;
      if (!isGood(value)) throw new StoreFailure('getMany gave another list.');
      failures.count = 0;
      return value;
    } catch (error) {
      this.#fail(failures, begun, error);
      throw new StoreFailure('The store failed.', { cause: error });
    }
  }

  #inTime<T>(given: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () => end(new StoreFailure(`The store did not answer within ${this.#timeout} ms.`));
      // Timers run before what has arrived is read: an answer that is there already shall count.
      let timer = setTimeout(() => {
        timer = setTimeout(late, 1);
      }, this.#timeout);
      const over = () => {
        clearTimeout(timer);
        this.#open.delete(end);
      };
      const end = (reason: unknown) => {
        over();
        reject(reason);
      };
      this.#open.add(end);
      given.then((value) => {
        over();
        resolve(value);
      }, end);
    });
  }

  #fail(failures: Failures, begun: number, error: unknown): void {
    this.#failedAt = performance.now();
    if (begun < failures.lastAt) return;
    failures.lastAt = performance.now();
    failures.count++;
    if (this.#isDown || failures.count < MOST_FAILURES) return;
    this.#isDown = true;
    this.#retryAt = performance.now() + RETRY_AFTER;
    const { message } = error instanceof Error ? error : new Error(String(error));
    this.#logger.warn({ reason: message }, 'spydra: the cache store fails; reading without it');
  }

  #probeWhenDue(): void {
    if (performance.now() < this.#retryAt) return;
    this.#retryAt = performance.now() + RETRY_AFTER + 2 * this.#timeout;
    void this.#probe();
  }

  /** Keeps something and asks for it, to see whether the store does what it should again. */
  async #probe(): Promise<void> {
    try {
      const text = crypto.randomUUID();
      await this.#inTime(Promise.resolve(this.#store.set(this.#probeKey, text, PROBE_LIFETIME)));
      const found = await this.#inTime(Promise.resolve(this.#store.get(this.#probeKey)));
      if (found !== text) throw new StoreFailure('The store has not kept what it was tried with.');
      this.#isDown = false;
      for (const failures of [this.#reading, this.#writing, this.#losing]) failures.count = 0;
      this.#failedAt = performance.now();
      this.#logger.info({}, 'spydra: the cache store answers again');
    } catch {
      this.#retryAt = performance.now() + RETRY_AFTER;
    }
  }
}

function isListOf(length: number) {
  return (values: readonly unknown[]) => Array.isArray(values) && values.length === length;
}

function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
