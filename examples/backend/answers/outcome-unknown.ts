import { OutcomeUnknownError } from 'spydra-sdk';

/** This request sent nothing, but an earlier one may have written under the same key. */
export function outcomeUnknown(idempotencyKey: string, message: string, cause?: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(message, { stage: 'submit', idempotencyKey, retryable: true, cause });
}

/** Spydra accepted the document, but it could not be read back in time. */
export function documentUnknown(metadataId: string): OutcomeUnknownError {
  const message = `Document ${metadataId} was accepted, but could not be read back in time.`;
  return new OutcomeUnknownError(message, { stage: 'commit', details: { metadataId } });
}
