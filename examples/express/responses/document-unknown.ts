import { OutcomeUnknownError } from 'spydra-sdk';

/** Spydra accepted the document, but it could not be read back in time. */
export function documentUnknown(metadataId: string): OutcomeUnknownError {
  const message = `Document ${metadataId} was accepted, but could not be read back in time.`;
  return new OutcomeUnknownError(message, { stage: 'commit', details: { metadataId } });
}
