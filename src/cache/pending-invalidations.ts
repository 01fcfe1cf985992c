import { ExpiringMap } from '../core/expiring-map.js';
import type { Logger } from '../telemetry/logger.js';
import type { GuardedStore } from './guarded-store.js';

/** Milliseconds between retries; they double, up to the longest, while the store takes none. */
const RETRY_AFTER = 500;
const MAX_PAUSE = 15_000;
/** So many at once: a store that has just come back is not to be flooded, and those that fail together count once. */
const BATCH = 100;

/** Tags whose invalidation is not in the store yet: retried until it is, or until no entry lives that it concerns. */
export class PendingInvalidations {
  readonly #store: GuardedStore;
  readonly #write: (tag: string) => Promise<boolean>;
  readonly #logger: Logger;
  readonly #pending = new ExpiringMap<object>();
  readonly #writing = new Map<string, Promise<boolean>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryAt = Number.POSITIVE_INFINITY;
  #pause = RETRY_AFTER;
  #isReported = false;
  #isStopped = false;

  /** @param write - invalidates a tag in the store; false where that fails */
  constructor(store: GuardedStore, write: (tag: string) => Promise<boolean>, logger: Logger) {
    this.#store = store;
    this.#write = write;
    this.#logger = logger;
  }

  /** Whether one of these tags is pending: what the store says of it means nothing. */
  has(tags: readonly string[]): boolean {
    return this.#pending.size > 0 && tags.some((tag) => this.#pending.get(tag));
  }

  /**
   * Writes an invalidation, or retries it later.
   *
   * @param lifetime - milliseconds for which entries that it concerns may live
   */
  async add(tag: string, lifetime: number): Promise<void> {
    this.#pending.set(tag, {}, lifetime);
    // Those that come while one is being written wait for the next one together.
    await this.#writing.get(tag);
    if (!(await this.#writeOnce(tag))) this.#schedule(RETRY_AFTER);
  }

  /** Tries a last time. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    if (this.#pending.size > 0 && this.#store.circuit.isOpen) await this.#store.circuit.probe();
    await this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const tags = [...this.#pending.keys()];
    while (tags.length > 0) {
      await Promise.all(tags.splice(0, BATCH).map((tag) => this.#writeOnce(tag)));
      if (this.#store.circuit.isOpen) return;
    }
  }

  #writeOnce(tag: string): Promise<boolean> {
    const running = this.#writing.get(tag);
    if (running) return running;
    const latest = this.#pending.get(tag);
    const writing = this.#write(tag).then((isWritten) => {
      this.#writing.delete(tag);
      if (isWritten && this.#pending.get(tag) === latest) this.#pending.delete(tag);
      return isWritten;
    });
    this.#writing.set(tag, writing);
    return writing;
  }

  /** Retries after a pause, unless that is due sooner. */
  #schedule(pause: number): void {
    const at = performance.now() + pause;
    if (this.#isStopped || this.#pending.size === 0 || this.#retryAt <= at) return;
    clearTimeout(this.#timer);
    this.#retryAt = at;
    this.#pause = pause;
    this.#timer = setTimeout(() => void this.#retry(), pause);
    // A program that is done does not wait for it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #retry(): Promise<void> {
    const before = this.#pending.size;
    this.#retryAt = Number.POSITIVE_INFINITY;
    await this.#writeAll();
    const { size } = this.#pending;
    const { isOpen } = this.#store.circuit;
    // Once that others may be served what is invalid, and once that they are not any more.
    if (!isOpen && this.#isReported !== size > 0) {
      this.#isReported = size > 0;
      if (size > 0) this.#logger.warn({ pending: size }, 'spydra: the cache store does not take invalidations');
      else this.#logger.info({}, 'spydra: the cache store has taken all invalidations');
    }
    // An open circuit is not bothered by retries, and is to be found closed as soon as it is.
    this.#schedule(size < before || isOpen ? RETRY_AFTER : Math.min(2 * this.#pause, MAX_PAUSE));
  }
}
