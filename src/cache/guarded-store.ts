import { abortable, Scope, whenAborted } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { CircuitBreaker } from '../core/circuit-breaker.js';
import { messageOf } from '../core/shapes.js';
import { withResolvers } from '../core/with-resolvers.js';
import type { Logger } from '../telemetry/logger.js';
import { Clocks, type Moment } from './clocks.js';
import { isInMemory } from './lru.js';
import type { Awaitable, CacheStore } from './store.js';

const CIRCUIT = { maxFailures: 3, probeInterval: 1_000 };
/** Milliseconds for which the store shall keep the text of a probe. */
const PROBE_LIFETIME = 10_000;
/** Longest delay of a timer: a store may forget by one, and would forget at once beyond that. */
const MAX_LIFETIME = 2 ** 31 - 1;
/** Share of a call's remaining time that one question to the store may take. */
const MAX_SHARE = 0.2;

/** A store with a timeout and a circuit breaker. It never rejects: reads go on without the cache. */
export class GuardedStore {
  /** Never fails, and needs no timer and no batch. */
  readonly isInMemory: boolean;
  readonly circuit: CircuitBreaker;
  readonly clocks = new Clocks();
  readonly #store: CacheStore;
  readonly #timeout: number;
  readonly #end = new AbortController();

  constructor(store: CacheStore, timeout: number, logger: Logger | undefined) {
    this.isInMemory = isInMemory(store);
    this.#store = store;
    this.#timeout = timeout;
    const onChange = (isOpen: boolean, cause: unknown) =>
      isOpen
        ? logger?.warn({ reason: messageOf(cause) }, 'spydra: the cache store fails; reading without it')
        : logger?.info({}, 'spydra: the cache store works again');
    this.circuit = new CircuitBreaker({ ...CIRCUIT, probe: () => this.#probe(), onChange });
  }

  /**
   * Whether an entry of that time was loaded after the store last failed: one that failed, or answered late, may have
   * lost invalidations or come back as an old copy of itself. When an entry of the future was loaded cannot be known.
   */
  trusts(loadedAt: Moment): boolean {
    const sinceFailure = performance.now() - this.circuit.failedAt;
    if (sinceFailure === Number.POSITIVE_INFINITY) return true;
    const age = this.clocks.since(loadedAt);
    return age >= 0 && age < sinceFailure;
  }

  /** The text under a key of a store in memory. */
  readonly getNow = (key: string): string | undefined => this.#store.get(key) as string | undefined;

  /** The texts under keys; undefined: the store failed. */
  async read(keys: readonly string[]): Promise<readonly (string | undefined)[] | undefined> {
    const values = await this.circuit.run('read', async () => {
      const found = await this.#inTime(this.#getMany([...keys]));
      if (!Array.isArray(found) || found.length !== keys.length) throw new Error('getMany returned another list.');
      return found;
    });
    return values?.map((value: unknown) => (typeof value === 'string' ? value : undefined));
  }

  /** Whether the store keeps a text that it must keep: to refuse it is to fail. */
  async write(key: string, value: string, ttl: number): Promise<boolean> {
    const isKept = await this.circuit.run('write', async () => {
      const isTaken = (await this.#set(key, value, ttl)) !== false;
      if (!isTaken && !this.isInMemory) throw new Error('The store refuses a text.');
      return isTaken;
    });
    return isKept ?? false;
  }

  /** Gives the store a text that it may refuse. */
  async offer(key: string, value: string, ttl: number): Promise<void> {
    await this.circuit.run('write', () => this.#set(key, value, ttl));
  }

  /**
   * Waits for the store during a call; undefined if that takes too much of the call's time.
   *
   * @throws the error that the call ends with
   */
  async during<T>(call: Call, asking: Promise<T>): Promise<T | undefined> {
    if (this.isInMemory) return asking;
    const ms = (call.deadlineAt - performance.now()) * MAX_SHARE;
    if (ms > this.#timeout) return abortable(asking, call.signal);
    const late = new Error('The call has no time left for the store.');
    const scope = new Scope(call.signal, (reason) => reason, { ms, reason: () => late });
    try {
      return await abortable(asking, scope.signal);
    } catch (error) {
      if (error === late) return undefined;
      throw error;
    } finally {
      scope.release();
    }
  }

  /** Fails all that the store is asked and will be. */
  stop(): void {
    this.#end.abort(new Error('The client is closed.'));
  }

  #set(key: string, value: string, ttl: number): Awaitable<unknown> {
    return this.#inTime(this.#store.set(key, value, Math.min(Math.max(1, Math.ceil(ttl)), MAX_LIFETIME)));
  }

  async #getMany(keys: string[]): Promise<unknown> {
    const found = await (this.#store.getMany?.(keys) ?? keys.map(async (key) => this.#store.get(key)));
    return Array.isArray(found) ? Promise.all(found) : found;
  }

  #inTime<T>(given: Awaitable<T>): Awaitable<T> {
    if (this.isInMemory) return given;
    const { promise, resolve, reject } = withResolvers<T>();
    const late = () => reject(new Error(`The store did not respond within ${this.#timeout} ms.`));
    // Timers run before what has arrived is read: an answer that is there already shall count.
    let timer = setTimeout(() => {
      timer = setTimeout(late, 1);
    }, this.#timeout);
    const forget = whenAborted(this.#end.signal, () => reject(this.#end.signal.reason));
    Promise.resolve(given).then(resolve, reject);
    return promise.finally(() => {
      clearTimeout(timer);
      forget();
    });
  }

  /** Writes a text and reads it back. */
  async #probe(): Promise<void> {
    const text = crypto.randomUUID();
    const key = `spydra-sdk:probe:${text}`;
    await this.#set(key, text, PROBE_LIFETIME);
    if ((await this.#inTime(this.#store.get(key))) !== text) throw new Error('The store has not kept a text.');
  }
}
