import { sleep } from '../abort.js';

/** No server means to stop a client for longer. */
const LONGEST_PAUSE = 3_600_000;

/** The pause that a server asked for; every request of the client keeps it. */
export class Pause {
  #until = 0;

  /** Extends the pause to `ms` from now. */
  extend(ms: number): void {
    this.#until = Math.max(this.#until, Date.now() + Math.min(ms, LONGEST_PAUSE));
  }

  /** Milliseconds that are left of it. */
  get left(): number {
    return Math.max(0, this.#until - Date.now());
  }

  /** Resolves when the pause is over; it may be extended meanwhile. */
  async wait(signal: AbortSignal): Promise<void> {
    while (this.left > 0) await sleep(this.left, signal);
  }
}
