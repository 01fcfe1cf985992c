import { LRUCache } from 'lru-cache';
import type { LaneMode } from '../options.js';
import { type Leave, Turns } from './turns.js';

/** Milliseconds after the last conflict on a key for which all who touch it go alone. */
const HOT = 60_000;
const MOST_HOT_KEYS = 1_000;

/** A key on which a write has lost to another. */
interface Heat {
  /** Milliseconds, of a clock that only goes forward. */
  readonly since: number;
  /** Who goes side by side again to see whether that is still needed: two at a time. */
  testers: number;
  inside: number;
  /** Whether two of them were inside at once. */
  isTested: boolean;
}

/**
 * Keeps writes out of each other's way. In a block of Fabric only the first of several writes to one key commits: the
 * others fail with MVCC_READ_CONFLICT. Writes go out side by side until one fails so; then its keys are hot, and
 * whoever touches a hot key goes alone, once all who went before are done. After a minute two go side by side: if
 * neither loses, the key is cold again.
 */
export class Lanes {
  readonly #turns = new Turns();
  readonly #hot = new LRUCache<string, Heat>({ max: MOST_HOT_KEYS });

  /**
   * Does the work in the lanes of all its keys, and gives them back.
   *
   * @throws the signal's reason, if that comes before the work has begun.
   */
  async within<T>(keys: readonly string[], mode: LaneMode, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const left: Leave[] = [];
    try {
      // In one order for everybody, so that no two wait for each other.
      if (mode !== 'never') for (const key of keys.toSorted()) left.push(await this.#enter(key, mode, signal));
      return await work();
    } finally {
      for (const leave of left) leave();
    }
  }

  /** A write to these keys lost to another one. */
  conflicted(keys: readonly string[]): void {
    for (const key of keys) this.#hot.set(key, { since: performance.now(), testers: 0, inside: 0, isTested: false });
  }

  async #enter(key: string, mode: LaneMode, signal: AbortSignal): Promise<Leave> {
    if (mode === 'always') return this.#turns.enter(key, signal, 'alone');
    const heat = this.#hot.get(key);
    if (heat === undefined) return this.#turns.enter(key, signal, 'side-by-side');
    if (performance.now() - heat.since < HOT || heat.testers >= 2) return this.#turns.enter(key, signal, 'alone');
    return this.#test(key, heat, signal);
  }

  /** Goes side by side with another one through a key that was hot. */
  async #test(key: string, heat: Heat, signal: AbortSignal): Promise<Leave> {
    heat.testers++;
    try {
      const leave = await this.#turns.enter(key, signal, 'side-by-side');
      heat.inside++;
      heat.isTested ||= heat.inside > 1;
      return () => {
        heat.testers--;
        heat.inside--;
        const isCold = heat.isTested && heat.inside === 0;
        // Unless one of them has lost meanwhile.
        if (isCold && this.#hot.get(key) === heat) this.#hot.delete(key);
        leave();
      };
    } catch (error) {
      heat.testers--;
      throw error;
    }
  }
}
