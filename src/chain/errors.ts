import type { WriteCall } from '../core/call.js';
import { messageOf } from '../core/shapes.js';
import { OutcomeUnknownError, SpydraError, TransactionFailedError, type WriteStage } from '../errors.js';
import { isReadConflict } from '../ledger/ledger.js';
import { isRefusal } from './refusals.js';

/*
 * The errors that a write to a contract ledger ends with.
 */

type Keyed = Pick<WriteCall, 'idempotencyKey' | 'keyIsGiven'>;

const CALL_AGAIN =
  'Call again with this idempotencyKey and the same input, at once or at any time: the ledger applies it once, and returns its result';

/** A transaction of the write was sent, and its end was not seen. */
export function outcomeUnknown(
  { idempotencyKey, keyIsGiven }: Keyed,
  {
    transactionId,
    stage,
    cause,
  }: { readonly transactionId?: string | undefined; readonly stage: WriteStage; readonly cause: unknown },
): OutcomeUnknownError {
  const what = transactionId === undefined ? 'The write' : `The write, transaction ${transactionId},`;
  return new OutcomeUnknownError(
    `${what} was sent, and its end was not seen: it may be applied, now or later. ${sentence(cause)} ${CALL_AGAIN}.`,
    // The same call without a key would write under a new one.
    { stage, transactionId, idempotencyKey, cause, retryable: keyIsGiven },
  );
}

/** This call sent nothing that may be applied, under a key that an earlier one may have used. */
export function earlierUnknown({ idempotencyKey }: Keyed, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `This call wrote nothing, and whether the idempotencyKey ${idempotencyKey} was used before is not known: ${sentence(cause)} ${CALL_AGAIN}.`,
    { stage: 'submit', idempotencyKey, cause, retryable: true },
  );
}

/** The call ended before this ledger sent anything: an error of its own, as the reason itself leaves that open. */
export function unsent(reason: SpydraError): SpydraError {
  const Reason = reason.constructor as typeof SpydraError;
  return new Reason(reason.message, { cause: reason.cause });
}

/** The write is on the ledger, and what it left could not be read. */
export function resultUnread(transactionId: string, { idempotencyKey }: Keyed, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} was accepted, but what it left could not be read: ${sentence(cause)} ${CALL_AGAIN}.`,
    { stage: 'commit', idempotencyKey, transactionId, cause },
  );
}

/** A transaction of the write is on the ledger as invalid. */
export function transactionInvalid(
  validationCode: string,
  transactionId: string | undefined,
  { idempotencyKey }: Keyed,
): TransactionFailedError {
  const isConflict = isReadConflict({ error: validationCode });
  const advice = isConflict
    ? 'Another transaction came first: call again.'
    : 'See the ledger operator before calling again.';
  return new TransactionFailedError(
    `${transactionId === undefined ? 'The transaction' : `Transaction ${transactionId}`} failed with ${validationCode} and changed nothing. ${advice}`,
    { validationCode, transactionId, idempotencyKey, retryable: isConflict },
  );
}

/**
 * Whether an error leaves open what is under the key: the contract, which reads the claim first, did not respond to this
 * call.
 */
export function isInconclusive(error: unknown): boolean {
  if (!(error instanceof SpydraError) || error.outcome === 'unknown') return false;
  return !(error instanceof TransactionFailedError) && !isRefusal(error);
}

function sentence(cause: unknown): string {
  return messageOf(cause).replace(/[.\s]*$/, '.');
}
