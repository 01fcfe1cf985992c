import { LRUCache } from 'lru-cache';
import type { LaneMode } from '../options.js';
import { type Leave, Turns } from './turns.js';

/** Milliseconds for which a key stays hot after the last conflict on it, or the last wait for it. */
const HOT = 60_000;
const MOST_HOT_KEYS = 10_000;

/**
 * Keeps writes out of each other's way. In a block of Fabric only the first of several writes to one key commits: the
 * others fail with MVCC_READ_CONFLICT. Writes go out side by side until one fails so; then its keys are hot, and
 * whoever touches a hot key goes alone, once all who went before are done.
 */
export class Lanes {
  readonly #turns = new Turns();
  readonly #hot = new LRUCache<string, true>({ max: MOST_HOT_KEYS, ttl: HOT });

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
    for (const key of keys) this.#hot.set(key, true);
  }

  async #enter(key: string, mode: LaneMode, signal: AbortSignal): Promise<Leave> {
    const goesAlone = mode === 'always' || this.#hot.has(key);
    const leave = await this.#turns.enter(key, signal, goesAlone ? 'alone' : 'side-by-side');
    return () => {
      // As long as somebody waits there is something to wait for.
      if (goesAlone && this.#turns.isAwaited(key)) this.#hot.set(key, true);
      leave();
    };
  }
}
