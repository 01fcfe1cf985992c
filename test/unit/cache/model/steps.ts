import { vi } from 'vitest';

/** Lets asynchronous work go on one step at a time, in an order that is drawn. */
export class Steps {
  readonly #waiting: (() => void)[] = [];
  readonly #order: Iterator<number>;

  constructor(order: Iterable<number>) {
    this.#order = order[Symbol.iterator]();
  }

  /** Resolves when it is its turn: anything else may come first. */
  step = (): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
    });

  /** Goes on until the work is done; while nothing else waits, time passes. */
  async run(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    void work
      .finally(() => {
        isDone = true;
      })
      .catch(() => {});
    while (!isDone) {
      await settle();
      const next = this.#order.next();
      const [resolve] = this.#waiting.splice((next.done ? 0 : next.value) % (this.#waiting.length || 1), 1);
      if (resolve) resolve();
      else if (!isDone) await vi.advanceTimersByTimeAsync(50);
    }
    await work;
  }
}

/** Lets everything happen that needs neither a step nor time. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
