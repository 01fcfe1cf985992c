/** A moment by both clocks, in epoch milliseconds: processes that share a store compare them. */
export interface Moment {
  readonly steady: number;
  readonly system: number;
}

/**
 * The system's clock, which may be set at any time, and a steady one: it began with the system's when the cache was
 * made and is monotonic since. Where they differ, that one counts which makes less of the cache valid.
 */
export class Clocks {
  readonly #origin = Date.now() - performance.now();

  get now(): Moment {
    return { steady: Math.floor(this.#origin + performance.now()), system: Date.now() };
  }
}

/** Milliseconds since a moment, by the clock that has gone on further. */
export function ageAt(now: Moment, { steady, system }: Moment): number {
  return Math.max(now.steady - steady, now.system - system);
}

/** By the clock that is behind. */
export function earliest({ steady, system }: Moment): number {
  return Math.min(steady, system);
}
