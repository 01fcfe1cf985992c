import { abortable, MAX_DELAY, Scope } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { CircuitBreaker } from '../core/circuit-breaker.js';
import { messageOf } from '../core/shapes.js';
import type { Logger } from '../telemetry/logger.js';
import { ageAt, Clocks, type Moment } from './clocks.js';
import { type Awaitable, type CacheStore, type LocalTexts, localTexts } from './store.js';

const CIRCUIT = { maxFailures: 3, probeInterval: 1_000 };
/** Milliseconds for which the store shall keep the text of a probe. */
const PROBE_LIFETIME = 10_000;
/** Share of a call's remaining time that one request to the store may take. */
const MAX_SHARE = 0.2;
/** Ends a wait for the store during a call; never observed by a caller. */
const TOO_LONG = new Error('The store took too much of the time of the call.');

/** A store with a timeout and a circuit breaker. It never rejects: reads go on without the cache. */
export class GuardedStore {
  readonly circuit: CircuitBreaker;
  readonly clocks = new Clocks();
  readonly #store: CacheStore;
  readonly #local: LocalTexts | undefined;
  readonly #timeout: number;
  /** Reject the requests to the store that have not ended. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #isStopped = false;

  constructor(store: CacheStore, timeout: number, logger: Logger | undefined) {
    this.#store = store;
    this.#local = localTexts.get(store);
    this.#timeout = timeout;
    const onChange = (isOpen: boolean, cause: unknown) =>
      isOpen
        ? logger?.warn({ reason: messageOf(cause) }, 'spydra: the cache store fails; reading without it')
        : logger?.info({}, 'spydra: the cache store works again');
    this.circuit = new CircuitBreaker({ ...CIRCUIT, probe: () => this.#probe(), onChange });
  }

  /**
   * Whether an entry of that time was loaded after the store last failed: one that failed, or responded late, may have
   * lost invalidations or come back as an old copy of itself. When an entry of the future was loaded cannot be known.
   */
  trusts(loadedAt: Moment): boolean {
    const { failedAt } = this.circuit;
    if (failedAt === Number.NEGATIVE_INFINITY) return true;
    const age = ageAt(this.clocks.now, loadedAt);
    return age >= 0 && age < performance.now() - failedAt;
  }

  /** The texts under keys that are in this process; undefined: not all of them are. */
  readLocal(keys: readonly string[]): readonly (string | undefined)[] | undefined {
    const local = this.#local;
    if (local === undefined || this.circuit.isOpen) return undefined;
    const texts = keys.map(local.get);
    return local.isComplete || !texts.includes(undefined) ? texts : undefined;
  }

  /** The texts under keys; undefined: the store failed. */
  async read(keys: string[]): Promise<readonly (string | undefined)[] | undefined> {
    const values = await this.circuit.run('read', () => this.#inTime(this.#getMany(keys)));
    return values?.map((value) => (typeof value === 'string' ? value : undefined));
  }

  /** Whether the store keeps a text that it must keep: to refuse it is to fail. */
  async write(key: string, value: string, ttl: number): Promise<boolean> {
    const isKept = await this.circuit.run('write', async () => {
      const isTaken = (await this.#set(key, value, ttl)) !== false;
      // A store in memory refuses what is too large for it.
      if (!isTaken && !this.#local?.isComplete) throw new Error('The store refuses a text.');
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
  during<T>(call: Call, asking: Promise<T>): Promise<T | undefined> {
    if (this.#local?.isComplete) return asking;
    const ms = (call.deadlineAt - performance.now()) * MAX_SHARE;
    if (ms > this.#timeout) return abortable(asking, call.signal, true);
    const scope = new Scope(call.signal, (reason) => reason, { ms, reason: () => TOO_LONG });
    return abortable<T | undefined>(asking, scope)
      .catch((error) => {
        if (error !== TOO_LONG) throw error;
        return undefined;
      })
      .finally(() => scope.release());
  }

  /** Fails all requests to the store, later ones too. */
  stop(): void {
    this.#isStopped = true;
    for (const reject of this.#waiting) reject(closed());
  }

  #set(key: string, value: string, ttl: number): Awaitable<unknown> {
    // A store may forget by a timer, and would forget at once beyond its longest delay.
    return this.#inTime(this.#store.set(key, value, Math.min(Math.max(1, Math.ceil(ttl)), MAX_DELAY)));
  }

  async #getMany(keys: string[]): Promise<readonly unknown[]> {
    const { length } = keys;
    const found: unknown = await (this.#store.getMany?.(keys) ?? keys.map(async (key) => this.#store.get(key)));
    if (!Array.isArray(found) || found.length !== length) throw new Error('getMany returned another list.');
    return found.some(isThenable) ? Promise.all(found) : found;
  }

  #inTime<T>(given: Awaitable<T>): Awaitable<T> {
    if (!isThenable(given)) return given;
    return new Promise((resolve, reject) => {
      const forget = () => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
      };
      const fail = (reason: unknown) => {
        forget();
        reject(reason);
      };
      const late = () => fail(new Error(`The store did not respond within ${this.#timeout} ms.`));
      // Timers run before what has arrived is read: a response that is there already shall count.
      let timer = setTimeout(() => {
        timer = setTimeout(late, 1);
      }, this.#timeout);
      this.#waiting.add(fail);
      given.then((value) => {
        forget();
        resolve(value);
      }, fail);
      if (this.#isStopped) fail(closed());
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

const closed = () => new Error('The client is closed.');

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
