import { Scope, sleep } from '../core/abort.js';
import type { WriteCall } from '../core/call.js';
import { parseJson, stringifyJson } from '../core/json.js';
import { NotFoundError, SpydraError } from '../errors.js';
import { STANDARD } from '../http/retries.js';
import type { Ledger, Metadata } from '../ledger/ledger.js';
import { KEY } from '../ledger/write-metadata.js';

const FIRST_PAUSE = 50;
const MAX_PAUSE = 1_000;
/** Milliseconds that a commit may take in any case. */
const MIN_PATIENCE = 5_000;
/** Ends the reads after the patience; never observed by a caller. */
const TOO_LONG = new Error('The document was not read back in time.');

/** Whether a document that can be read is the one that was sent. */
type Seen = 'same' | 'other' | 'unproven';

/**
 * Waits until the document that the response to a write named can be read, and returns whether it is the one that was
 * sent; 'unproven' if that is not seen before the deadline, or within `patience` milliseconds (5 s or more).
 */
export async function readBack(
  ledger: Pick<Ledger, 'getMetadata'>,
  metadataId: string,
  sent: Metadata,
  patience: number,
  call: WriteCall,
): Promise<Seen> {
  const ms = Math.max(patience, MIN_PATIENCE);
  const giveUpAt = Math.min(performance.now() + ms, call.deadlineAt);
  const scope = new Scope(call.signal, (reason) => reason, { ms, reason: () => TOO_LONG });
  const asking = { ...call, signal: scope.signal, deadlineAt: giveUpAt, retries: STANDARD };
  try {
    return await untilRead(ledger, metadataId, sent, asking);
  } finally {
    scope.release();
  }
}

async function untilRead(
  ledger: Pick<Ledger, 'getMetadata'>,
  metadataId: string,
  sent: Metadata,
  call: WriteCall,
): Promise<Seen> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
    try {
      return seen(await ledger.getMetadata(metadataId, call), sent, call);
    } catch (error) {
      const mayComeYet = error instanceof NotFoundError || (error instanceof SpydraError && error.retryable);
      if (!mayComeYet || call.signal.aborted || performance.now() + pause >= call.deadlineAt) return 'unproven';
      await sleep(pause, call.signal).catch(() => {});
    }
  }
}

/** The key decides; if the server has not kept it, every field that was sent. */
function seen(found: Metadata, sent: Metadata, { idempotencyKey }: WriteCall): Seen {
  const key = found[KEY];
  if (key !== undefined) return String(key) === idempotencyKey ? 'same' : 'other';
  const fields = Object.entries(sent);
  const isEqual = fields.every(([name, value]) => stringifyJson(found[name]) === stringifyJson(asRead(value)));
  return fields.length > 0 && isEqual ? 'same' : 'unproven';
}

/** A value as it is read from a response, where a decimal that a float would change is a string. */
function asRead(value: unknown): unknown {
  return parseJson(stringifyJson(value));
}
