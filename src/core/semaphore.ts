import { type AbortSignalLike, abortable } from './abort.js';

/** Bounds how many pieces of work run at once; the others wait in a queue. */
export class Semaphore {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Runs the work in its turn, or rejects with the signal's reason. */
  run<T>(signal: AbortSignalLike, work: () => Promise<T>): Promise<T> {
    return abortable(this.#inTurn(signal, work), signal);
  }

  async #inTurn<T>(signal: AbortSignalLike, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
