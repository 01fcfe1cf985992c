import { abortable, callSoon } from '../core/abort.js';
import { withResolvers } from '../core/with-resolvers.js';

/** One timer for all that poll the same list, so that they poll together. There is no timer while none waits. */
export class PollSchedule {
  readonly #waiting = new Set<() => void>();
  #at = Number.POSITIVE_INFINITY;
  #cancel = () => {};

  /** Whether anything waits for the next poll. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Resolves at the next poll, which comes in `ms` or, for another one that waits, earlier. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise: begun, resolve: begin } = withResolvers<void>();
    this.#waiting.add(begin);
    const at = performance.now() + ms;
    if (at < this.#at) {
      this.#cancel();
      this.#at = at;
      this.#cancel = callSoon(ms, () => this.#begin());
    }
    try {
      await abortable(begun, signal);
    } finally {
      this.#waiting.delete(begin);
      if (this.isIdle) this.#stop();
    }
  }

  #begin(): void {
    this.#at = Number.POSITIVE_INFINITY;
    for (const begin of this.#waiting) begin();
    this.#waiting.clear();
  }

  #stop(): void {
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
