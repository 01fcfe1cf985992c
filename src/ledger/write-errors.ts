import type { WriteCall } from '../call.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import { lostToAnother, type TransactionRecord } from './ledger.js';

/*
 * What a write ends with when it does not end well: each says what is known, and what to do next.
 */

type Keyed = Pick<WriteCall, 'idempotencyKey'>;

/** The transaction failed validation. */
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

/** The transaction was accepted, and nobody has seen its end. */
export function commitUnknown(transactionId: string, cause: unknown, idempotencyKey?: string): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} was accepted, but its commit was not seen: it may still be applied. Ask again with transactions.wait('${transactionId}'); do not send it under another key.`,
    { stage: 'commit', transactionId, idempotencyKey, cause, requestId: requestIdOf(cause) },
  );
}

/** The write was sent and not answered, and it is not known to be on the ledger. */
export function submitUnknown(
  error: SpydraError,
  { idempotencyKey, keyIsGiven }: Keyed & Pick<WriteCall, 'keyIsGiven'>,
  { isOver = false }: { readonly isOver?: boolean } = {},
): OutcomeUnknownError {
  const { status, requestId, transactionId } = error;
  const next = isOver
    ? 'It was looked for until it could not arrive any more, and not found: call again with this idempotencyKey'
    : `Ask transactions.reconcile('${idempotencyKey}') until it is found, or finally not; only then call again, with the same key`;
  return new OutcomeUnknownError(
    `The write was sent, but nobody can tell yet whether it was applied: ${error.message} ${next}.`,
    // The same call without a key would write under a new one.
    {
      stage: 'submit',
      idempotencyKey,
      status,
      requestId,
      transactionId,
      retryable: isOver && keyIsGiven,
      cause: error,
    },
  );
}

/** This call sent nothing, under a key that an earlier call may have used. */
export function earlierUnknown(error: unknown, { idempotencyKey }: Keyed): OutcomeUnknownError {
  const why = error instanceof Error ? error.message : String(error);
  return new OutcomeUnknownError(
    `Whether the idempotencyKey ${idempotencyKey} was used before could not be read, so this call wrote nothing: ${why} Call again with the same key and input.`,
    { stage: 'submit', idempotencyKey, requestId: requestIdOf(error), retryable: true, cause: error },
  );
}

/** The cause of {@link earlierUnknown} where a write under the key may still be on its way. */
export function stillDoubted(until: number): Error {
  return new Error(`An earlier write under it was sent, and may still arrive until ${new Date(until).toISOString()}.`);
}

/** The write is on the ledger, but its result could not be read. */
export function resultUnread(transactionId: string, cause: unknown, { idempotencyKey }: Keyed): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} is committed, but what it left could not be read. Call again with the same idempotencyKey and input, or read the balance or asset.`,
    { stage: 'commit', idempotencyKey, transactionId, cause, requestId: requestIdOf(cause) },
  );
}

export function keyIsTaken(record: TransactionRecord, { idempotencyKey }: Keyed): IdempotencyConflictError {
  return new IdempotencyConflictError(
    `The idempotencyKey ${idempotencyKey} was used before with another input, by transaction ${record.transactionId}. Use a new key for a new write.`,
    { transactionId: record.transactionId, idempotencyKey },
  );
}

function requestIdOf(error: unknown): string | undefined {
  return error instanceof SpydraError ? error.requestId : undefined;
}
