import { Passing } from '../passing.js';
import type { Logger } from '../telemetry/logger.js';
import type { BoundedStore } from './bounded-store.js';

/** Milliseconds between attempts; they double while nothing is taken, up to the longest. */
const RETRY_AFTER = 500;
const LONGEST_PAUSE = 15_000;
/** So many at once: a store that has just come back is not to be flooded. */
const AT_ONCE = 100;

/** A version that the store shall get. */
export interface Debt {
  /** Whether its tag was changed: nothing of it is served meanwhile. Else it may only lack another one's doubt. */
  readonly hides: boolean;
}

/** What the store does not have yet, by its tag: tried again until it has, or until nothing lives that it would end. */
export class Debts {
  readonly #store: BoundedStore;
  readonly #pay: (tag: string) => Promise<boolean>;
  readonly #logger: Logger;
  readonly #owed = new Passing<Debt>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = RETRY_AFTER;
  #isRetrying = false;
  /** Whether something has come to be owed since the last attempt began. */
  #isHasty = false;
  /** Whether it was logged that something is owed. */
  #isTold = false;
  #isStopped = false;

  /** @param pay - writes what is owed of a tag; false where the store fails */
  constructor(store: BoundedStore, pay: (tag: string) => Promise<boolean>, logger: Logger) {
    this.#store = store;
    this.#pay = pay;
    this.#logger = logger;
  }

  /** Whether nothing may be served that has one of these tags. */
  hides(tags: readonly string[]): boolean {
    return this.#owed.size > 0 && tags.some((tag) => this.#owed.get(tag)?.hides);
  }

  of(tag: string): Debt | undefined {
    return this.#owed.get(tag);
  }

  /** Until then (epoch milliseconds) something may live that the version would end. */
  owe(tag: string, debt: Debt, until: number): void {
    this.#owed.set(tag, debt, until);
  }

  paid(tag: string, debt: Debt): void {
    if (this.#owed.get(tag) === debt) this.#owed.delete(tag);
  }

  /** What has just come to be owed does not wait as long as what is owed for long. */
  retrySoon(): void {
    this.#isHasty = true;
    if (this.#pause > RETRY_AFTER) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#pause = RETRY_AFTER;
    }
    this.#retryLater();
  }

  /** Tries a last time, and then no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#owed.size > 0) await this.#store.tryAgain();
    await this.#retry();
  }

  #retryLater(): void {
    if (this.#isStopped || this.#isRetrying || this.#timer !== undefined || this.#owed.size === 0) return;
    this.#timer = setTimeout(() => void this.#round(), this.#pause);
    // A program that is done does not wait for it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #round(): Promise<void> {
    const before = this.#owed.size;
    this.#timer = undefined;
    this.#isHasty = false;
    this.#isRetrying = true;
    await this.#retry();
    this.#isRetrying = false;
    this.#tell();
    // A store that is left alone is not bothered by attempts, and is to be found well as soon as it is.
    const isStuck = this.#owed.size >= before && !this.#store.isDown && !this.#isHasty;
    this.#pause = isStuck ? Math.min(2 * this.#pause, LONGEST_PAUSE) : RETRY_AFTER;
    this.#retryLater();
  }

  /** Writes what is owed, in portions, unless the store is left alone. */
  async #retry(): Promise<void> {
    let portion: Promise<boolean>[] = [];
    for (const tag of this.#owed.keys()) {
      portion.push(this.#pay(tag));
      if (portion.length < AT_ONCE) continue;
      await Promise.all(portion);
      if (this.#store.isDown) return;
      portion = [];
    }
    await Promise.all(portion);
  }

  /** Once that others may see what was to be cleared, and once that they do not any more. */
  #tell(): void {
    const isOwing = this.#owed.size > 0;
    // It was said already that a store is left alone.
    if (this.#store.isDown) return;
    if (isOwing === this.#isTold) return;
    this.#isTold = isOwing;
    const level = isOwing ? 'warn' : 'info';
    const says = isOwing ? 'does not take' : 'has taken';
    this.#logger[level]({ owed: this.#owed.size }, `spydra: the cache store ${says} what is to be cleared`);
  }
}
