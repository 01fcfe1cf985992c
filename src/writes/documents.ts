import { Scope, sleep } from '../core/abort.js';
import type { WriteCall } from '../core/call.js';
import { parseJson, stringifyJson } from '../core/json.js';
import { NotFoundError, SpydraError } from '../errors.js';
import { STANDARD } from '../http/retries.js';
import type { DocumentReceipt, Ledger, Metadata } from '../ledger/ledger.js';
import { KEY } from '../ledger/records.js';
import { documentUnknown, mayBeApplied } from './errors.js';
import type { Relation } from './write-identity.js';

const FIRST_PAUSE = 50;
const MAX_PAUSE = 1_000;
/** Milliseconds that a commit may take in any case. */
const MIN_TIMEOUT = 5_000;
/** Ends the reads after the timeout; never observed by a caller. */
const TOO_LONG = new Error('The document was not read back in time.');

/**
 * Adds a document. The response names no transaction to wait for: a document is committed when it can be read.
 *
 * @param timeout - milliseconds for that; 5 s or more
 * @throws OutcomeUnknownError if it was sent without a response, or the response named another document
 */
export async function addDocument(
  ledger: Ledger,
  assetId: string,
  metadata: Metadata,
  timeout: number,
  call: WriteCall,
): Promise<DocumentReceipt> {
  const receipt = await ledger.addMetadata(assetId, metadata, call).catch((error) => {
    throw mayBeApplied(error) ? documentUnknown(error.message, call, error) : error;
  });
  if (!call.confirm) return receipt;
  const { metadataId } = receipt;
  const relation = await readBack(ledger, metadataId, metadata, timeout, call);
  if (relation === 'other') throw documentUnknown(`The server named ${metadataId}, which is another one.`, call);
  return { metadataId, status: relation === 'same' ? 'committed' : 'pending' };
}

/** Reads a document until it shows; 'unproven' if that is not seen before the deadline, or within the timeout. */
async function readBack(
  ledger: Ledger,
  metadataId: string,
  sent: Metadata,
  timeout: number,
  call: WriteCall,
): Promise<Relation> {
  const ms = Math.max(timeout, MIN_TIMEOUT);
  const giveUpAt = Math.min(performance.now() + ms, call.deadlineAt);
  const scope = new Scope(call.signal, (reason) => reason, { ms, reason: () => TOO_LONG });
  const reading = { ...call, signal: scope.signal, deadlineAt: giveUpAt, retries: STANDARD };
  try {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
      try {
        return relationOf(await ledger.getMetadata(metadataId, reading), sent, call);
      } catch (error) {
        const mayShowLater = error instanceof NotFoundError || (error instanceof SpydraError && error.retryable);
        if (!mayShowLater || scope.aborted || performance.now() + pause >= giveUpAt) return 'unproven';
        await sleep(pause, scope).catch(() => {});
      }
    }
  } finally {
    scope.release();
  }
}

/** Whether a document is the one that was sent: by the key, or where the server has not kept it by every field. */
function relationOf(found: Metadata, sent: Metadata, { idempotencyKey }: WriteCall): Relation {
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
