import pLimit, { type LimitFunction } from 'p-limit';
import { type AbortSignalLike, abortable } from './abort.js';

/** Bounds how many pieces of work run at once; the others wait in a queue. */
export class Semaphore {
  readonly #limit: LimitFunction;

  constructor(size: number) {
    this.#limit = pLimit(size);
  }

  /** Runs the work in its turn, or rejects with the signal's reason. */
  run<T>(signal: AbortSignalLike, work: () => Promise<T>): Promise<T> {
    const running = this.#limit(() => {
      signal.throwIfAborted();
      return work();
    });
    return abortable(running, signal);
  }
}
