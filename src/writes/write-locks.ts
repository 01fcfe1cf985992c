import { type Release, RwLocks } from '../core/rw-lock.js';
import type { WriteLockMode } from '../options.js';

/** Milliseconds after the last conflict on a key for which its lock is exclusive. */
const HOT = 60_000;
/** Of more, those without a conflict for longest are forgotten. */
const MAX_HOT_KEYS = 1_000;

/** A key on which a write had a read conflict. */
interface Heat {
  /** As `performance.now()` counts. */
  readonly since: number;
  /** Writers that probe the key with a shared lock: at most two. */
  testers: number;
  holders: number;
  /** Whether two of them held the lock at once. */
  isTested: boolean;
}

/**
 * Prevents read conflicts between writes. In a block of Fabric only the first of several writes to one key commits: the
 * others fail with MVCC_READ_CONFLICT. A write holds shared locks on its keys until one fails so; then its keys are hot,
 * and locks on them exclusive. After a minute two writers share the lock again: if neither conflicts, the key is cold.
 */
export class WriteLocks {
  readonly #locks = new RwLocks();
  readonly #hot = new Map<string, Heat>();

  /**
   * Does the work while it holds the locks of all its keys.
   *
   * @throws the signal's reason, if that comes before the work has begun.
   */
  async within<T>(
    keys: readonly string[],
    mode: WriteLockMode,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const held: Release[] = [];
    try {
      // In one order, which prevents deadlocks.
      if (mode !== 'never') for (const key of keys.toSorted()) held.push(await this.#enter(key, mode, signal));
      return await work();
    } finally {
      for (const release of held) release();
    }
  }

  /** Notes a read conflict on these keys. */
  conflicted(keys: readonly string[]): void {
    for (const key of keys) {
      // Last in the order of the map: the key without a conflict for longest is first.
      this.#hot.delete(key);
      this.#hot.set(key, { since: performance.now(), testers: 0, holders: 0, isTested: false });
    }
    for (const key of this.#hot.keys()) {
      if (this.#hot.size <= MAX_HOT_KEYS) break;
      this.#hot.delete(key);
    }
  }

  async #enter(key: string, mode: WriteLockMode, signal: AbortSignal): Promise<Release> {
    if (mode === 'always') return this.#locks.acquire(key, signal, 'exclusive');
    const heat = this.#hot.get(key);
    if (heat === undefined) return this.#locks.acquire(key, signal, 'shared');
    if (performance.now() - heat.since < HOT || heat.testers >= 2) return this.#locks.acquire(key, signal, 'exclusive');
    return this.#test(key, heat, signal);
  }

  /** Takes a shared lock on a key that was hot. */
  async #test(key: string, heat: Heat, signal: AbortSignal): Promise<Release> {
    heat.testers++;
    try {
      const release = await this.#locks.acquire(key, signal, 'shared');
      heat.holders++;
      heat.isTested ||= heat.holders > 1;
      return () => {
        heat.testers--;
        heat.holders--;
        const isCold = heat.isTested && heat.holders === 0;
        // Unless one of them had a conflict meanwhile.
        if (isCold && this.#hot.get(key) === heat) this.#hot.delete(key);
        release();
      };
    } catch (error) {
      heat.testers--;
      throw error;
    }
  }
}
