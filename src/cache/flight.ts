import { abortable } from '../abort.js';
import type { Call } from '../call.js';
import { AbortedError } from '../errors.js';

/** Loads on their way, by what they load. */
export type Flights = Map<string, Flight<unknown>>;

/** One load on behalf of all who wait for it: it goes on as long as anybody does, and has the time of the last one. */
export class Flight<T> {
  readonly result: Promise<T>;
  /** Whether a load of the same that began later was kept: then this one is not. */
  isOutdated = false;
  /** Resolves when the result stands in the store, or never will. */
  kept: Promise<unknown> = Promise.resolve();
  /** Whether somebody has the result itself; whoever comes then gets a copy, for callers may change what they get… */
  isTaken = false;
  /** … made of this. */
  body: string | undefined;
  readonly #controller = new AbortController();
  #deadlineAt: number;
  #waiting = 0;
  #isOver = false;

  /** @param first - the call that begins it */
  constructor(first: Call, load: (call: Call) => Promise<T>) {
    this.#deadlineAt = first.deadlineAt;
    const flight = this;
    const call: Call = {
      ...first,
      signal: this.#controller.signal,
      get deadlineAt() {
        return flight.#deadlineAt;
      },
    };
    this.result = load(call).finally(() => {
      this.#isOver = true;
    });
    this.result.catch(() => {});
  }

  /** Whether several wait for it. */
  get isShared(): boolean {
    return this.#waiting > 1;
  }

  /** Whether it can be waited for: one that everybody has left is being ended. */
  get isOpen(): boolean {
    return !this.#controller.signal.aborted;
  }

  /** Waits for the result, for no longer than the call goes on. */
  async join(call: Call): Promise<T> {
    this.#waiting++;
    this.#deadlineAt = Math.max(this.#deadlineAt, call.deadlineAt);
    try {
      return await abortable(this.result, call.signal);
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && !this.#isOver) this.#controller.abort(new AbortedError('Nobody waits any more.'));
    }
  }
}
