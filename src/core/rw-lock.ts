import { type AbortSignalLike, whenAborted } from './abort.js';

/** Releases a lock. */
export type Release = () => void;

/** `'exclusive'`: one holder, as a writer. `'shared'`: many holders at once, as readers. */
export type LockMode = 'exclusive' | 'shared';

/** Readers-writer locks by name, first come, first served. */
export class RwLocks {
  readonly #locks = new Map<string, RwLock>();

  /** Resolves once the lock is held, or rejects with the signal's reason. */
  async acquire(name: string, signal: AbortSignalLike, mode: LockMode = 'exclusive'): Promise<Release> {
    const lock = this.#locks.get(name) ?? new RwLock();
    this.#locks.set(name, lock);
    try {
      await lock.acquire(mode, signal);
    } catch (error) {
      this.#removeIfIdle(name, lock);
      throw error;
    }
    return () => {
      lock.release();
      this.#removeIfIdle(name, lock);
    };
  }

  #removeIfIdle(name: string, lock: RwLock): void {
    if (lock.isIdle && this.#locks.get(name) === lock) this.#locks.delete(name);
  }
}

interface Waiter {
  readonly mode: LockMode;
  grant(): void;
}

/** A readers-writer lock with a FIFO queue: a waiting writer is not overtaken by readers. */
class RwLock {
  #holders = 0;
  #mode: LockMode = 'shared';
  readonly #queue: Waiter[] = [];

  get isIdle(): boolean {
    return this.#holders === 0 && this.#queue.length === 0;
  }

  acquire(mode: LockMode, signal: AbortSignalLike): Promise<void> {
    return new Promise((resolve, reject) => {
      const grant = () => {
        forget();
        resolve();
      };
      const waiter = { mode, grant };
      this.#queue.push(waiter);
      const forget = whenAborted(signal, () => {
        const index = this.#queue.indexOf(waiter);
        if (index >= 0) this.#queue.splice(index, 1);
        reject(signal.reason);
        this.#grantNext();
      });
      this.#grantNext();
    });
  }

  release(): void {
    this.#holders--;
    this.#grantNext();
  }

  #grantNext(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#isOpenTo(next); next = this.#queue[0]) {
      this.#queue.shift();
      this.#holders++;
      this.#mode = next.mode;
      next.grant();
    }
  }

  #isOpenTo({ mode }: Waiter): boolean {
    return this.#holders === 0 || (mode === 'shared' && this.#mode === 'shared');
  }
}
