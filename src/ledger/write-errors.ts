import type { WriteCall } from '../call.js';
import {
  IdempotencyConflictError,
  InvalidResponseError,
  OutcomeUnknownError,
  SpydraError,
  TransactionFailedError,
} from '../errors.js';
import { lostToAnother, type TransactionRecord } from './ledger.js';

/*
 * What a write ends with when it does not end well: each says what is known, and what to do next.
 */

type Keyed = Pick<WriteCall, 'idempotencyKey'>;

/** How a transaction that failed was come by. */
type Failing =
  /** A write of this call; `isStuck`: the server keeps its key for it. */
  | { readonly idempotencyKey: string; readonly isStuck: boolean }
  /** It was only waited for: waiting again will not help. */
  | { readonly isWaitedFor: true };

/** The transaction failed validation. */
export function transactionFailed(record: TransactionRecord, failing: Failing): TransactionFailedError {
  const { transactionId, error: validationCode = 'UNKNOWN' } = record;
  const isWrite = 'isStuck' in failing;
  const idempotencyKey = isWrite ? failing.idempotencyKey : undefined;
  return new TransactionFailedError(
    `Transaction ${transactionId} failed with ${validationCode} and changed nothing. ${adviceFor(record, failing)}`,
    {
      validationCode,
      retryable: isWrite && !failing.isStuck && lostToAnother(record),
      transactionId,
      idempotencyKey,
    },
  );
}

function adviceFor(record: TransactionRecord, failing: Failing): string {
  if ('isStuck' in failing && failing.isStuck) return 'The server keeps its key for it: write again under a new key.';
  if (!lostToAnother(record)) return 'See the ledger operator before calling again.';
  return `Another transaction came first: ${'isStuck' in failing ? 'call again' : 'make the write again'}.`;
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
  const isTaken = error instanceof IdempotencyConflictError;
  // The server's own advice is to write under a new key.
  const why = isTaken ? 'The server said that its key is taken, and not by what.' : error.message;
  const next = isOver
    ? 'It was looked for until it could not arrive any more, and not found: call again with this idempotencyKey'
    : `Ask transactions.reconcile('${idempotencyKey}') until it is found, or finally not; only then call again, with the same key`;
  return new OutcomeUnknownError(
    `The write was sent, but nobody can tell yet whether it was applied: ${why} ${next}.`,
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

/** The server named a transaction that is not known to be of this write. */
export function namedAnother(transactionId: string, { idempotencyKey }: Keyed): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `The server answered the write with transaction ${transactionId}, which is of another one as far as is known: nobody can tell whether this one was applied. Ask transactions.reconcile('${idempotencyKey}'), and do not send it under another key.`,
    { stage: 'submit', idempotencyKey },
  );
}

/** This call sent nothing, under a key that an earlier call may have used. */
export function earlierUnknown(error: unknown, { idempotencyKey }: Keyed): OutcomeUnknownError {
  const why = error instanceof Error ? error.message : String(error);
  return new OutcomeUnknownError(
    `Whether the idempotencyKey ${idempotencyKey} was used before could not be read, so this call wrote nothing: ${why} Call again with the same key and input.`,
    // What a server's records cannot tell they will not tell the next time.
    {
      stage: 'submit',
      idempotencyKey,
      requestId: requestIdOf(error),
      retryable: !(error instanceof InvalidResponseError),
      cause: error,
    },
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
