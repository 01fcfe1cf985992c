import { AbortedError, IdempotencyConflictError, SpydraError } from 'spydra-sdk';
import type { Row } from './rows.js';

/** What became of a row. */
export interface Outcome {
  readonly row: Row;
  readonly fate: 'done' | 'not done' | 'unknown';
  /** Why it is not done, or cannot be told. */
  readonly reason?: string;
  /** What a row that is unknown may be found by. */
  readonly idempotencyKey?: string | undefined;
  readonly transactionId?: string | undefined;
  /** Whether a write of it may still reach the ledger, so that more may be known in a moment. */
  readonly isOnItsWay?: boolean;
}

/** Reads a row's outcome from what its transfer ended with. */
export function outcomeOf(row: Row, result: PromiseSettledResult<unknown> | undefined): Outcome {
  if (result?.status === 'fulfilled') return { row, fate: 'done' };
  const error: unknown = result?.reason;
  if (!(error instanceof SpydraError)) return { row, fate: 'unknown', reason: String(error) };
  const { outcome, idempotencyKey, transactionId, retryable } = error;
  const reason = explain(error);
  if (outcome === 'not-applied') return { row, fate: 'not done', reason };
  return { row, fate: 'unknown', reason, idempotencyKey, transactionId, isOnItsWay: !retryable };
}

function explain(error: SpydraError): string {
  const { code, transactionId } = error;
  const sentence = sentenceOf(error);
  const about = transactionId === undefined || sentence.includes(transactionId) ? '' : `, transaction ${transactionId}`;
  return `${sentence} [${code}${about}]`;
}

/** In the words of this script, where the SDK's are about calls and keys. */
function sentenceOf(error: SpydraError): string {
  if (error instanceof AbortedError) return 'Stopped before this run paid it.';
  if (error instanceof IdempotencyConflictError) {
    return 'Not paid again: under this batch name the wallet was sent something else before. Pay more under another name.';
  }
  return error.message;
}
