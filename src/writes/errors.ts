import type { WriteCall } from '../core/call.js';
import { messageOf } from '../core/shapes.js';
import type { ErrorCode } from '../error-codes.js';
import {
  IdempotencyConflictError,
  InvalidResponseError,
  NotFoundError,
  OutcomeUnknownError,
  SpydraError,
  TransactionFailedError,
} from '../errors.js';
import { isReadConflict, type TransactionRecord } from '../ledger/ledger.js';

/*
 * The errors that a write ends with: each states what is known, and what to do next.
 */

type Keyed = Pick<WriteCall, 'idempotencyKey'>;
type MaybeKeyed = Keyed & Pick<WriteCall, 'keyIsGiven'>;

/** Error codes of refusals by the ledger's state. */
const REFUSALS = new Set<ErrorCode>(['INSUFFICIENT_BALANCE', 'SUPPLY_EXCEEDED']);
/** Conflict, Locked, Too Early: also returned while a request under the same key is in progress. */
const UNCLEAR = new Set([409, 423, 425]);
/** Refused before the work: no key, no such thing, too many requests. */
const CLEAR = new Set([401, 404, 429]);
/** Words of servers about a request that they have seen before. */
const REPETITION = /idempoten|in[ _-]?(progress|process|flight)|duplicate|concurrent|already/i;

/**
 * Whether a refusal may be about this very write: a network that repeats a request passes on the response to the
 * repetition, which is refused while the first request is in progress.
 */
export function isUnclearRefusal({ status = 0, code, serverCode, serverMessage }: SpydraError): boolean {
  if (status < 400 || status > 499 || REFUSALS.has(code)) return false;
  if (code === 'IDEMPOTENCY_CONFLICT') return true;
  if (CLEAR.has(status)) return false;
  return UNCLEAR.has(status) || REPETITION.test(`${serverCode} ${serverMessage}`);
}

/** Whether a write that ended in this error may have been applied, or may still be. */
export function mayBeApplied(error: unknown): error is SpydraError {
  return error instanceof SpydraError && (error.outcome === 'unknown' || isUnclearRefusal(error));
}

/** The key was used with another input. */
export function keyIsTaken({ transactionId }: TransactionRecord, { idempotencyKey }: Keyed): IdempotencyConflictError {
  return new IdempotencyConflictError(
    `The idempotencyKey ${idempotencyKey} was used before with another input, by transaction ${transactionId}. Use a new key for a new write.`,
    { transactionId, idempotencyKey },
  );
}

/** This call sent nothing, under a key that an earlier call may have used. */
export function earlierUnknown(cause: unknown, { idempotencyKey }: Keyed): OutcomeUnknownError {
  // Records that cannot tell now cannot tell later.
  const retryable = !(cause instanceof InvalidResponseError);
  return new OutcomeUnknownError(
    `Whether the idempotencyKey ${idempotencyKey} was used before could not be read, so this call wrote nothing: ${messageOf(cause)} Call again with the same key and input.`,
    { stage: 'submit', idempotencyKey, requestId: requestIdOf(cause), retryable, cause },
  );
}

/** The cause of {@link earlierUnknown} if a write under the key may still be applied; `until` as `performance.now()` counts. */
export function stillUncertain(until: number): Error {
  const left = Math.ceil(until - performance.now());
  const when = left > 0 ? `for ${left} ms more` : 'until after this call had searched for it';
  return new Error(`An earlier write under it was sent, and may still be applied ${when}.`);
}

/** The cause of {@link earlierUnknown} where a record under the key does not show with which input it was written. */
export function provesNothing({ transactionId }: TransactionRecord): InvalidResponseError {
  return new InvalidResponseError(
    `Transaction ${transactionId} stands under it, and its record does not show what was sent with it.`,
  );
}

/** The write was sent without a response, and was not seen on the ledger. */
export function submitUnknown(
  error: SpydraError,
  { idempotencyKey, keyIsGiven }: MaybeKeyed,
  { isOver = false }: { readonly isOver?: boolean } = {},
): OutcomeUnknownError {
  const { status, requestId } = error;
  const isTaken = error instanceof IdempotencyConflictError;
  // The server's own advice is to write under a new key at once.
  const why = isTaken ? 'The server said that its key is taken.' : error.message;
  const next = isOver
    ? 'A search that lasted until it could no longer arrive has not found it: call again with this idempotencyKey'
    : `Ask transactions.reconcile('${idempotencyKey}') until it is found, or finally not; only then call again, with the same key${isTaken ? ', or another one if the server refuses it once more' : ''}`;
  return new OutcomeUnknownError(
    `The write was sent, but it is not known yet whether it was applied: ${why} ${next}.`,
    {
      stage: 'submit',
      idempotencyKey,
      status,
      requestId,
      transactionId: isUnclearRefusal(error) ? undefined : error.transactionId,
      // The same call without a key would write under a new one.
      retryable: isOver && keyIsGiven,
      cause: error,
    },
  );
}

/**
 * The write was searched for until it could no longer be applied, and not found.
 *
 * @param failed - a transaction under its key that has failed
 */
export function notFound(
  unanswered: SpydraError,
  failed: TransactionRecord | undefined,
  call: MaybeKeyed,
): SpydraError {
  if (!isUnclearRefusal(unanswered)) return submitUnknown(unanswered, call, { isOver: true });
  if (failed) return transactionFailed(failed, { idempotencyKey: call.idempotencyKey, isStuck: true });
  // The server claims that the key has a transaction, and shows none.
  return unanswered instanceof IdempotencyConflictError ? submitUnknown(unanswered, call) : unanswered;
}

/** The server named a transaction that is not known to be of this write. */
export function namedAnother(transactionId: string, { idempotencyKey }: Keyed): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `The server responded to the write with transaction ${transactionId}, which is not known to be of this write: it is not known whether it was applied. Ask transactions.reconcile('${idempotencyKey}'), and do not send it under another key.`,
    { stage: 'submit', idempotencyKey },
  );
}

/** The transaction was accepted, and its end was not seen. */
export function commitUnknown(transactionId: string, cause: unknown, { idempotencyKey }: Keyed): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} was accepted, but its commit was not seen: it may still be applied. Ask again with transactions.wait('${transactionId}'); do not send it under another key.`,
    { stage: 'commit', transactionId, idempotencyKey, cause, requestId: requestIdOf(cause) },
  );
}

/** A commit was waited for and not seen. There may be no transaction of the id that the caller gave. */
export function commitNotSeen(transactionId: string, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `The commit of transaction ${transactionId} was not seen: it may still be applied. Check the id, and ask again with transactions.wait; do not send the write again under another key.`,
    { stage: 'commit', transactionId, cause, requestId: requestIdOf(cause) },
  );
}

/** A transaction was waited for and not found. One that a server has accepted may show later, and be applied. */
export function transactionNotFound(transactionId: string, cause: NotFoundError): NotFoundError {
  const { status, serverCode, serverMessage, requestId, details } = cause;
  return new NotFoundError(
    `The ledger shows no transaction ${transactionId}. If its write was accepted, it may still be applied: check the id, and ask again with transactions.wait; do not send the write again under another key.`,
    { outcome: 'unknown', transactionId, status, serverCode, serverMessage, requestId, details, cause },
  );
}

/**
 * The transaction failed validation.
 *
 * @param write - that of this call, if it was not only waited for; `isStuck`: the server keeps its key for it
 */
export function transactionFailed(
  record: TransactionRecord,
  write?: Keyed & { readonly isStuck: boolean },
): TransactionFailedError {
  const { transactionId, error: validationCode = 'UNKNOWN' } = record;
  const isConflict = isReadConflict(record);
  let advice = 'See the ledger operator before calling again.';
  if (isConflict) advice = `Another transaction came first: ${write ? 'call again' : 'make the write again'}.`;
  if (write?.isStuck) {
    advice = 'The server keeps the key for it, so the key is used up: write again under a new one.';
  }
  return new TransactionFailedError(
    `Transaction ${transactionId} failed with ${validationCode} and changed nothing. ${advice}`,
    {
      validationCode,
      // Waiting again does not help.
      retryable: write !== undefined && !write.isStuck && isConflict,
      transactionId,
      idempotencyKey: write?.idempotencyKey,
    },
  );
}

/** The write is on the ledger, but its result could not be read. */
export function resultUnread(transactionId: string, cause: unknown, { idempotencyKey }: Keyed): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} is committed, but what it left could not be read. Call again with the same idempotencyKey and input, or read the balance or asset.`,
    { stage: 'commit', idempotencyKey, transactionId, cause, requestId: requestIdOf(cause) },
  );
}

/** A document was sent, and it is not known whether the server has kept it. */
export function documentUnknown(why: string, { idempotencyKey }: Keyed, cause?: SpydraError): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `The document was sent, but it is not known whether it was kept: ${why} It leaves no transaction to search for; sending it again may keep it twice.`,
    { stage: 'submit', idempotencyKey, status: cause?.status, requestId: cause?.requestId, cause },
  );
}

function requestIdOf(error: unknown): string | undefined {
  return error instanceof SpydraError ? error.requestId : undefined;
}
