/** Milliseconds by which the clocks of processes that share a store may differ, before more than caching suffers. */
export const CLOCKS_DIFFER = 600_000;

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

  /** Milliseconds since a moment: by the clock that has gone on further, and at least so many by the other one. */
  since({ steady, system }: Moment): { readonly most: number; readonly least: number } {
    const ages = [this.now.steady - steady, Date.now() - system];
    return { most: Math.max(...ages), least: Math.min(...ages) };
  }
}
