import { sleep } from '../abort.js';
import type { Call } from '../call.js';
import { NotFoundError, OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import { commitState, type Ledger, type TransactionRecord } from './ledger.js';

const FIRST_POLL = 100;
const SLOWEST_POLL = 2_000;
const GROWTH = 1.5;
/** Milliseconds in which an accepted transaction may not be visible yet: reads can lag behind. */
const INVISIBLE = 10_000;

/** Fabric's codes for "somebody else changed what this transaction had read": nothing was applied, try again. */
const CONFLICTS = new Set(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT']);

/**
 * Polls a transaction, with growing intervals, until it is committed or failed, and answers its final record.
 *
 * @throws NotFoundError if it stays invisible; the call's own error when that ends first.
 */
export async function finalRecord(
  ledger: Pick<Ledger, 'getTransaction'>,
  transactionId: string,
  call: Call,
): Promise<TransactionRecord> {
  const invisibleUntil = Date.now() + INVISIBLE;
  for (let interval = FIRST_POLL; ; interval = Math.min(interval * GROWTH, SLOWEST_POLL)) {
    const record = await ledger.getTransaction(transactionId, call).catch((error: unknown) => {
      const passing = error instanceof NotFoundError ? Date.now() < invisibleUntil : isPassing(error, call);
      if (!passing) throw error;
      return undefined;
    });
    if (record && commitState(record) !== 'pending') return record;
    await sleep(interval, call.signal);
  }
}

/** A poll may fail and the next one succeed. */
function isPassing(error: unknown, call: Call): boolean {
  return error instanceof SpydraError && error.retryable && !call.signal.aborted;
}

/** Whether a failed transaction lost to another one and may be submitted again. */
export function lostToAnother(record: TransactionRecord): boolean {
  return CONFLICTS.has(record.error ?? '');
}

/** The error of a transaction that failed validation. */
export function transactionFailed(
  record: TransactionRecord,
  { idempotencyKey, isStuck = false }: { readonly idempotencyKey?: string; readonly isStuck?: boolean } = {},
): TransactionFailedError {
  const validationCode = record.error ?? 'UNKNOWN';
  const retryable = lostToAnother(record) && !isStuck;
  const stuck = 'The server keeps its key for it: write again under a new key.';
  const advice = retryable
    ? 'Another transaction came first: call again.'
    : isStuck
      ? stuck
      : 'See the ledger operator before calling again.';
  return new TransactionFailedError(
    `Transaction ${record.transactionId} failed with ${validationCode} and changed nothing. ${advice}`,
    { validationCode, retryable, transactionId: record.transactionId, idempotencyKey },
  );
}

/** The error of a transaction whose end nobody has seen. */
export function commitUnknown(transactionId: string, cause: unknown, idempotencyKey?: string): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} was accepted, but its commit was not seen: it may still be applied. Ask again with transactions.wait('${transactionId}'); do not send it under another key.`,
    { stage: 'commit', transactionId, idempotencyKey, cause, requestId: requestIdOf(cause) },
  );
}

export function requestIdOf(error: unknown): string | undefined {
  return error instanceof SpydraError ? error.requestId : undefined;
}
