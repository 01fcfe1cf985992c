import { sleep } from '../core/abort.js';

/** Milliseconds; then a request finds out whether the server still wants a pause. */
const MAX_PAUSE = 60_000;

/** The pause of a Retry-After: every request of the client waits for its end. */
export class Pause {
  #until = 0;

  /** Extends the pause to `ms` from now, at most to a minute. */
  extend(ms: number): void {
    this.#until = Math.max(this.#until, performance.now() + Math.min(ms, MAX_PAUSE));
  }

  /** Milliseconds that are left of it. */
  get left(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Resolves when the pause is over; it may be extended meanwhile. */
  async wait(signal: AbortSignal): Promise<void> {
    while (this.left > 0) await sleep(this.left, signal);
  }
}
