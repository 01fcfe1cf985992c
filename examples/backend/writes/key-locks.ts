import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { inTime } from '../limits/in-time.js';
import { ACQUIRE, NOTE_WRITER, RELEASE_UNUSED, RELEASE_USED, REMEMBER, RENEW } from './lock-scripts.js';

/** The timeout of a command in milliseconds. */
const COMMAND_TIMEOUT = 1_000;
/** Milliseconds between two attempts to acquire a lock. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 250;
/** A lock that is not renewed expires after `uncertaintyWindow / LOCK_SHARE`. */
const LOCK_SHARE = 6;
const RENEWALS = 3;
/** Keys with the same first hex digit of their hash share a cluster slot. */
const GROUPS = [...'0123456789abcdef'];

/** The keys of the memory entries. With a time long ago in each, no idempotency key is uncertain at first. */
export const MEMORIES: readonly string[] = GROUPS.map(memoryOf);

/** How a lock is released. */
export type LockEnd =
  /** A write may have been sent: for `uncertaintyWindow`, other processes write only if the ledger shows it. */
  | 'used'
  /** No write was sent. */
  | 'unused';

/** Exclusive use of an idempotency key among all processes with the same Redis. */
export interface KeyLock {
  /**
   * Whether a write of another process may still be applied, or not be listed yet; also true if Redis is new or has
   * lost its data.
   */
  readonly isUsedElsewhere: boolean;
  /** Aborts when the lock was not renewed in time or is held by another process. */
  readonly lost: AbortSignal;
  /**
   * Records this process as a writer under the key; called before a write is sent.
   *
   * @throws Error if the record is not confirmed, or the lock is lost.
   */
  noteWriter(): Promise<void>;
  /** Releases the lock; resolves with whether it was held without interruption. */
  release(end: LockEnd): Promise<boolean>;
}

/** Locks for idempotency keys in Redis. */
export class KeyLocks {
  readonly #redis: Redis | Cluster;
  readonly #uncertaintyWindow: number;
  readonly #lockTime: number;
  /**
   * Milliseconds after a renewal until no write of the holder can be applied: it has noticed the loss of the lock, and
   * `uncertaintyWindow` has passed since.
   */
  readonly #uncertainty: number;
  /** Distinguishes this process among the writers. */
  readonly #process = randomUUID();

  /** @param uncertaintyWindow - milliseconds after which a write that was sent is in the ledger's lists, or never will be */
  constructor(redis: Redis | Cluster, uncertaintyWindow: number) {
    this.#redis = redis;
    this.#uncertaintyWindow = uncertaintyWindow;
    this.#lockTime = Math.ceil(uncertaintyWindow / LOCK_SHARE);
    this.#uncertainty = uncertaintyWindow + this.#lockTime + Math.ceil(this.#lockTime / RENEWALS);
    // At the start, not with the first use of each group.
    redis.on('ready', () => void this.#remember());
  }

  /**
   * Acquires the lock of a key; waits while another process holds it.
   *
   * @throws AbortError if the signal aborts first; another error if Redis does not respond.
   */
  async acquire(idempotencyKey: string, signal: AbortSignal | undefined): Promise<KeyLock> {
    const keys = entriesOf(idempotencyKey);
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const lock = await this.#tryAcquire(keys);
      if (lock) return lock;
      await sleep(pause * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
    }
  }

  async #tryAcquire(keys: readonly string[]): Promise<KeyLock | undefined> {
    const token = randomUUID();
    const ask = <T>(script: string, ...values: readonly (string | number)[]) =>
      this.#ask<T>(script, keys, [token, this.#process, ...values]);
    const askedAt = performance.now();
    const state = await ask<number | null>(ACQUIRE, this.#lockTime, this.#uncertainty);
    if (state === null) return undefined;
    const lost = new AbortController();
    const renew = async () => (await ask<number>(RENEW, this.#lockTime, this.#uncertainty)) === 1;
    const stop = this.#keepRenewing(askedAt, lost, renew);
    let mayBeNoted = false;
    let before: string | undefined;
    return {
      isUsedElsewhere: state === 1,
      lost: lost.signal,
      noteWriter: async () => {
        mayBeNoted = true;
        before = (await ask<string | null>(NOTE_WRITER, this.#uncertainty)) ?? undefined;
        if (before === undefined) throw new Error('The lock of the idempotency key was lost.');
      },
      release: async (end) => {
        stop();
        const isUsed = end === 'used' && mayBeNoted;
        const released = isUsed
          ? ask<number>(RELEASE_USED, this.#uncertaintyWindow)
          : ask<number>(RELEASE_UNUSED, before ?? 'keep');
        return (await released.catch(() => 0)) === 1;
      },
    };
  }

  /** Renews a lock until stopped. Aborts `lost` when it was not renewed in time. */
  #keepRenewing(heldSince: number, lost: AbortController, renew: () => Promise<boolean>): () => void {
    let heldUntil = heldSince + this.#lockTime;
    const timer = setInterval(async () => {
      const askedAt = performance.now();
      if (askedAt > heldUntil) return lost.abort();
      const isHeld = await renew().catch(() => undefined);
      if (isHeld === false) lost.abort();
      if (isHeld) heldUntil = askedAt + this.#lockTime;
    }, this.#lockTime / RENEWALS);
    timer.unref();
    return () => clearInterval(timer);
  }

  async #remember(): Promise<void> {
    await Promise.allSettled(MEMORIES.map((memory) => this.#ask(REMEMBER, [memory], [])));
  }

  #ask<T>(script: string, keys: readonly string[], values: readonly (string | number)[]): Promise<T> {
    return inTime(this.#redis.eval(script, keys.length, ...keys, ...values) as Promise<T>, COMMAND_TIMEOUT);
  }
}

/** The Redis keys of an idempotency key: lock, writers, and the memory of its group. */
function entriesOf(idempotencyKey: string): readonly string[] {
  const hash = createHash('sha256').update(idempotencyKey).digest('hex');
  const group = hash.charAt(0);
  const name = `spydra:write:{${group}}:${hash}`;
  return [`${name}:lock`, `${name}:writers`, memoryOf(group)];
}

function memoryOf(group: string): string {
  return `spydra:memory:{${group}}`;
}
