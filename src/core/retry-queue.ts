import { ExpiringMap } from './expiring-map.js';

/** Milliseconds between retries; they double, up to the longest, while none succeeds. */
const RETRY_AFTER = 500;
const MAX_PAUSE = 15_000;
/** So many at once: a server that has just come back is not to be flooded. */
const BATCH = 100;

/** What a {@link RetryQueue} does. */
export interface RetryQueueOptions {
  /** Does the work of a key, and resolves to whether it is done. Must not reject. */
  attempt(key: string): Promise<boolean>;
  /** Whether no attempt would succeed: there are no more in a row then, and no longer pauses. */
  isPaused(): boolean;
  /** After retries: whether work is left of them. Called once for each change. */
  onChange(isStuck: boolean, size: number): void;
}

/** Keys whose work is to be done: retried until it is, or until they expire. One attempt for a key at a time. */
export class RetryQueue {
  readonly #options: RetryQueueOptions;
  readonly #pending = new ExpiringMap<object>();
  readonly #running = new Map<string, Promise<boolean>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryAt = Number.POSITIVE_INFINITY;
  #pause = RETRY_AFTER;
  #isStuck = false;
  #isStopped = false;

  constructor(options: RetryQueueOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#pending.size;
  }

  has(key: string): boolean {
    return this.#pending.get(key) !== undefined;
  }

  /**
   * Resolves when the key's work is done, by an attempt that began since, or has failed once and is to be retried.
   *
   * @param lifetime - milliseconds after which it is not retried any more
   */
  async add(key: string, lifetime: number): Promise<void> {
    this.#pending.set(key, {}, lifetime);
    // Those that come during an attempt wait for the next one together.
    await this.#running.get(key);
    if (!(await this.#attempt(key))) this.#schedule(RETRY_AFTER);
  }

  /** Tries a last time. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#attemptAll();
  }

  async #attemptAll(): Promise<void> {
    const keys = [...this.#pending.keys()];
    while (keys.length > 0) {
      await Promise.all(keys.splice(0, BATCH).map((key) => this.#attempt(key)));
      if (this.#options.isPaused()) return;
    }
  }

  #attempt(key: string): Promise<boolean> {
    const running = this.#running.get(key);
    if (running) return running;
    const latest = this.#pending.get(key);
    const attempt = this.#options.attempt(key).then((isDone) => {
      this.#running.delete(key);
      if (isDone && this.#pending.get(key) === latest) this.#pending.delete(key);
      return isDone;
    });
    this.#running.set(key, attempt);
    return attempt;
  }

  /** Retries after a pause, unless that is due sooner. */
  #schedule(pause: number): void {
    const at = performance.now() + pause;
    if (this.#isStopped || this.size === 0 || this.#retryAt <= at) return;
    clearTimeout(this.#timer);
    this.#retryAt = at;
    this.#pause = pause;
    this.#timer = setTimeout(() => void this.#retry(), pause);
    // A program that is done does not wait for it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #retry(): Promise<void> {
    const before = this.size;
    this.#retryAt = Number.POSITIVE_INFINITY;
    await this.#attemptAll();
    const { size } = this;
    const isPaused = this.#options.isPaused();
    if (!isPaused && this.#isStuck !== size > 0) {
      this.#isStuck = size > 0;
      this.#options.onChange(this.#isStuck, size);
    }
    this.#schedule(size < before || isPaused ? RETRY_AFTER : Math.min(2 * this.#pause, MAX_PAUSE));
  }
}
