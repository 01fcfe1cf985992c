import { OutcomeUnknownError } from 'spydra-sdk';

/** This request sent nothing, but an earlier one may have written under the same key. */
export function outcomeUnknown(idempotencyKey: string, message: string, cause?: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(message, { stage: 'submit', idempotencyKey, retryable: true, cause });
}
