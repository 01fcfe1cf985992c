import { AbortedError } from '../errors.js';
import { abortable } from './abort.js';
import type { Call } from './call.js';

/**
 * One load on behalf of all calls that wait for it. Its deadline is the latest of theirs, and it is
 * aborted when the last of them has gone.
 */
export class SharedLoad<T> {
  readonly result: Promise<T>;
  readonly #controller = new AbortController();
  #deadlineAt: number;
  #waiting = 0;
  #isSettled = false;

  /** @param first - the call that begins it */
  constructor(first: Call, load: (call: Call) => Promise<T>) {
    const deadlineAt = () => this.#deadlineAt;
    this.#deadlineAt = first.deadlineAt;
    const call: Call = {
      ...first,
      signal: this.#controller.signal,
      get deadlineAt() {
        return deadlineAt();
      },
    };
    this.result = load(call).finally(() => {
      this.#isSettled = true;
    });
    this.result.catch(() => {});
  }

  /** Whether it can be joined: one that all have left is aborted. */
  get isOpen(): boolean {
    return !this.#controller.signal.aborted;
  }

  /** Waits for the result, until the call ends. */
  async join(call: Call): Promise<T> {
    this.#waiting++;
    this.#deadlineAt = Math.max(this.#deadlineAt, call.deadlineAt);
    try {
      return await abortable(this.result, call.signal);
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && !this.#isSettled) {
        this.#controller.abort(new AbortedError('No call waits for it any more.'));
      }
    }
  }
}
