import { whenAborted } from '../abort.js';

/** Gives a turn back. */
export type Leave = () => void;

/** Lets those who use the same name take turns, in the order in which they came. */
export class Turns {
  readonly #queues = new Map<string, (() => void)[]>();

  /** Resolves when it is the caller's turn, or rejects with the signal's reason. */
  async enter(name: string, signal: AbortSignal): Promise<Leave> {
    const queue = this.#queues.get(name);
    if (queue) await this.#wait(queue, signal);
    else this.#queues.set(name, []);
    return () => this.#leave(name);
  }

  #wait(queue: (() => void)[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        forget();
        resolve();
      };
      queue.push(turn);
      const forget = whenAborted(signal, () => {
        queue.splice(queue.indexOf(turn), 1);
        reject(signal.reason);
      });
    });
  }

  #leave(name: string): void {
    const next = this.#queues.get(name)?.shift();
    if (next) next();
    else this.#queues.delete(name);
  }
}
