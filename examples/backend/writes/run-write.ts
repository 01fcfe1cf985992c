import type { Response } from 'express';
import { type SpydraClient, SpydraError, type WriteOptions } from 'spydra-sdk';
import { Refusal, type RunWrite, type WriteRequest } from '../../express/index.js';
import type { KeyLock, KeyLocks, LockEnd } from './key-locks.js';
import { outcomeUnknown } from './outcome-unknown.js';

/** Locks on idempotency keys, shared by several instances. */
export interface SharedKeys {
  readonly locks: KeyLocks;
  /** Whether writes with a key are accepted while Redis is unavailable. */
  readonly isOpen: boolean;
}

const UNCERTAIN =
  'Another instance may have written under the key, and the ledger does not show it yet; or Redis has lost its data.';
/** Retry-After in seconds while the key is in use or uncertain. */
const RETRY_AFTER = 2;

/** Runs the writes of a single process: within it, the SDK runs calls under one key one after the other. */
export const runAlone: RunWrite = ({ options }, send) => send(options);

/** Runs writes under a lock on their idempotency key, shared by all instances with the same Redis. */
export function runLocked(spydra: SpydraClient, { locks, isOpen }: SharedKeys): RunWrite {
  return async (order, send) => {
    const { options } = order;
    const { idempotencyKey, signal } = options;
    if (idempotencyKey === undefined) return send(options).catch((error) => noteUnknown(locks, error));
    const lock = await acquire(locks, idempotencyKey, order.response, signal).catch((error) => {
      if (!isOpen || error instanceof SpydraError) throw error;
      return undefined;
    });
    if (!lock) return send(options);

    const result = await underLock(lock, async () => {
      const signals = [signal, isOpen ? undefined : lock.lost].filter((each) => each !== undefined);
      const locked = { ...options, signal: AbortSignal.any(signals) };
      if (lock.isUsedElsewhere) await ensureShown(spydra, order, locked);
      await lock.noteWriter().catch((cause) => {
        if (!isOpen) throw unavailable(cause);
      });
      return send(locked);
    });
    if (result.wasHeld || isOpen) return result.value;
    throw outcomeUnknown(
      idempotencyKey,
      'The lock was lost during the write: another instance may have written under the same key.',
    );
  };
}

async function underLock<T>(lock: KeyLock, work: () => Promise<T>) {
  try {
    const value = await work();
    return { value, wasHeld: await lock.release('used') };
  } catch (error) {
    await lock.release(endOf(error));
    throw error;
  }
}

/** A retryable call may be repeated, which does not mean that nothing it has sent may still be applied. */
function endOf(error: unknown): LockEnd {
  const isSure = error instanceof SpydraError && error.outcome === 'not-applied';
  return isSure || error instanceof Refusal ? 'unused' : 'used';
}

/** @throws OutcomeUnknownError if the request's time limit is reached first; Refusal 503 if Redis does not respond. */
async function acquire(locks: KeyLocks, key: string, response: Response, signal: AbortSignal | undefined) {
  try {
    return await locks.acquire(key, signal);
  } catch (cause) {
    if (signal?.aborted) {
      response.set('Retry-After', String(RETRY_AFTER));
      throw outcomeUnknown(key, 'Another request under the key has not finished, and this one sent nothing.', cause);
    }
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): Refusal {
  const sentence = 'Writes with an Idempotency-Key are not possible right now. Nothing was sent. Try again later.';
  return new Refusal(503, 'KEYS_UNAVAILABLE', sentence, { cause, retryAfter: RETRY_AFTER });
}

/** @throws OutcomeUnknownError unless the ledger shows a write under the key: one may still be applied elsewhere. */
async function ensureShown(spydra: SpydraClient, { response, assetId }: WriteRequest, options: WriteOptions) {
  const { idempotencyKey = '', headers, signal } = options;
  const found = await spydra.transactions
    .reconcile(idempotencyKey, assetId === undefined ? {} : { assetId }, { headers, signal })
    .catch((cause: unknown) => ({ state: 'unread', cause }) as const);
  if (found.state === 'committed' || found.state === 'pending') return;
  response.set('Retry-After', String(RETRY_AFTER));
  const cause = found.state === 'unread' ? found.cause : undefined;
  throw outcomeUnknown(idempotencyKey, UNCERTAIN, cause);
}

/** Locks the generated key of a write with unknown outcome: the client may repeat the write at any instance. */
async function noteUnknown(locks: KeyLocks, error: unknown): Promise<never> {
  if (error instanceof SpydraError && error.outcome === 'unknown' && error.idempotencyKey !== undefined) {
    const lock = await locks.acquire(error.idempotencyKey, undefined).catch(() => undefined);
    await lock?.noteWriter().catch(() => {});
    await lock?.release('used');
  }
  throw error;
}
