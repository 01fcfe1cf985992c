import { AbortedError, IdempotencyConflictError, SpydraError } from 'spydra-sdk';
import type { Row } from './rows.js';

/** The outcome of a row. */
export interface Outcome {
  readonly row: Row;
  readonly fate: 'done' | 'not done' | 'unknown';
  /** Why it is not done or unknown. */
  readonly reason?: string;
  /** How to find the transaction of an unknown row. */
  readonly idempotencyKey?: string | undefined;
  readonly transactionId?: string | undefined;
  /** Whether its write may still be applied, so that it is worth checking again. */
  readonly mayBeApplied?: boolean;
  /** Whether the ledger shows its transaction, which the next run finds. */
  readonly isListed?: boolean;
}

/** Returns the outcome of a row from the result of its transfer. */
export function outcomeOf(row: Row, result: PromiseSettledResult<unknown> | undefined): Outcome {
  if (result?.status === 'fulfilled') return { row, fate: 'done' };
  const error: unknown = result?.reason;
  if (!(error instanceof SpydraError)) return { row, fate: 'unknown', reason: String(error) };
  const { outcome, idempotencyKey, transactionId, retryable } = error;
  const reason = explain(error);
  if (outcome === 'not-applied') return { row, fate: 'not done', reason };
  return { row, fate: 'unknown', reason, idempotencyKey, transactionId, mayBeApplied: !retryable };
}

function explain(error: SpydraError): string {
  const { code, transactionId } = error;
  const sentence = sentenceOf(error);
  const about = transactionId === undefined || sentence.includes(transactionId) ? '' : `, transaction ${transactionId}`;
  return `${sentence} [${code}${about}]`;
}

/** Replaces messages of the SDK about calls and keys with ones about rows and batches. */
function sentenceOf(error: SpydraError): string {
  if (error instanceof AbortedError) return 'Stopped before this run paid it.';
  if (error instanceof IdempotencyConflictError) {
    return 'Not paid again: this batch has already sent the wallet another amount, or tokens of another asset. Use another batch name to pay more.';
  }
  return error.message;
}
