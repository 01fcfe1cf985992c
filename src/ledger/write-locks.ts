import { LRUCache } from 'lru-cache';
import type { AbortSignalLike } from '../core/abort.js';
import { type Release, RwLocks } from '../core/rw-lock.js';
import type { WriteLockMode } from '../options.js';

/** Milliseconds after the last conflict on a key for which its lock is exclusive. */
const HOT = 60_000;
const MAX_HOT_KEYS = 1_000;

/** A key on which a write had a read conflict. */
interface HotKey {
  /** As `performance.now()` counts. */
  readonly since: number;
  /** Writers that have or await a shared lock on it: at most two. */
  probes: number;
  holders: number;
  /** Whether two of them held the lock at once. */
  wasShared: boolean;
}

/**
 * Prevents read conflicts between writes. In a block of Fabric only the first of several writes to one key commits: the
 * others fail with MVCC_READ_CONFLICT. A write holds shared locks on its keys until one fails so; then its keys are hot,
 * and locks on them exclusive. After a minute two writers share the lock again: if neither conflicts, the key is cold.
 */
export class WriteLocks {
  readonly #locks = new RwLocks();
  readonly #hot = new LRUCache<string, HotKey>({ max: MAX_HOT_KEYS });

  /**
   * Does the work while it holds the locks of all its keys.
   *
   * @throws the signal's reason, if that comes before the work has begun.
   */
  async within<T>(
    keys: readonly string[],
    mode: WriteLockMode,
    signal: AbortSignalLike,
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
    for (const key of keys) this.#hot.set(key, { since: performance.now(), probes: 0, holders: 0, wasShared: false });
  }

  async #enter(key: string, mode: WriteLockMode, signal: AbortSignalLike): Promise<Release> {
    if (mode === 'always') return this.#locks.acquire(key, signal, 'exclusive');
    const hot = this.#hot.get(key);
    if (hot === undefined) return this.#locks.acquire(key, signal, 'shared');
    if (performance.now() - hot.since < HOT || hot.probes >= 2) return this.#locks.acquire(key, signal, 'exclusive');
    return this.#probe(key, hot, signal);
  }

  /** Takes a shared lock on a key that was hot. */
  async #probe(key: string, hot: HotKey, signal: AbortSignalLike): Promise<Release> {
    hot.probes++;
    try {
      const release = await this.#locks.acquire(key, signal, 'shared');
      hot.holders++;
      hot.wasShared ||= hot.holders > 1;
      return () => {
        hot.probes--;
        hot.holders--;
        const isCold = hot.wasShared && hot.holders === 0;
        // Unless one of them had a conflict meanwhile.
        if (isCold && this.#hot.get(key) === hot) this.#hot.delete(key);
        release();
      };
    } catch (error) {
      hot.probes--;
      throw error;
    }
  }
}
