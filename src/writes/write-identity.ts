import { stringifyJson } from '../core/json.js';
import { isPlainObject } from '../core/shapes.js';
import { commitState, type TransactionRecord } from '../ledger/ledger.js';
import type { WriteIdentity } from '../ledger/operations.js';
import { CALL, FINGERPRINT, KEY } from '../ledger/records.js';

/** Whether a record is of a write, of another one, or does not state enough. */
export type Relation = 'same' | 'other' | 'unproven';

/** Under which key, by which call, and with which input a write was sent. */
interface Sent {
  readonly idempotencyKey: string;
  readonly keyIsGiven: boolean;
  readonly callId: string;
  readonly fingerprint: string;
}

/**
 * Compares a record with a write. The key and the fingerprint in its metadata decide, or the id of the call. A record
 * with the key alone must state the tokens that were moved, and every other field that was sent; one without the key
 * proves nothing, however much it looks like the write.
 */
export function compare(record: TransactionRecord, identity: WriteIdentity, sent: Sent): Relation {
  if (isOfCall(record, sent.callId)) return 'same';
  if (carriesOtherKey(record, sent.idempotencyKey)) return 'other';
  const hasKey = carriesKey(record, sent.idempotencyKey);
  if (hasFingerprint(record)) {
    if (record.metadata?.[FINGERPRINT] !== sent.fingerprint) return 'other';
    return hasKey ? 'same' : 'unproven';
  }
  // A key that this call has generated is unique.
  if (hasKey && !sent.keyIsGiven) return 'same';
  if (contradicts(record, identity)) return 'other';
  return hasKey && matches(record, identity) ? 'same' : 'unproven';
}

/** Whether a record states the tokens that were moved and every other field that was sent, with the same values. */
export function matches(record: TransactionRecord, identity: WriteIdentity): boolean {
  const held: Readonly<Record<string, unknown>> = { ...record };
  const isStated = fieldsOf(identity).every(([name]) => held[name] !== undefined);
  return identity.amount !== undefined && isStated && !contradicts(record, identity);
}

/** Whether a transaction holds its key: a failed one changed nothing, and does not. */
export function isAlive(record: TransactionRecord): boolean {
  return commitState(record) !== 'failed';
}

/** Whether a record's metadata holds a key as it was sent. */
export function hasKey({ metadata }: TransactionRecord): boolean {
  return typeof metadata?.[KEY] === 'string';
}

export function hasFingerprint({ metadata }: TransactionRecord): boolean {
  return typeof metadata?.[FINGERPRINT] === 'string';
}

export function hasMetadata({ metadata = {} }: TransactionRecord): boolean {
  return Object.keys(metadata).length > 0;
}

/** Whether a record was submitted under a key. A server may have made a number of its digits. */
export function carriesKey({ metadata }: TransactionRecord, idempotencyKey: string): boolean {
  return metadata?.[KEY] !== undefined && String(metadata[KEY]) === idempotencyKey;
}

/** Whether a record was submitted by a call, and not by another one under the same key. */
export function isOfCall(record: TransactionRecord, callId: string): boolean {
  return record.metadata?.[CALL] === callId;
}

/** Whether a record states another key. */
export function carriesOtherKey(record: TransactionRecord, idempotencyKey: string): boolean {
  return hasKey(record) && !carriesKey(record, idempotencyKey);
}

/** Whether a record states another type, or a field with another value. One that it leaves out is no contradiction. */
export function contradicts(record: TransactionRecord, identity: WriteIdentity): boolean {
  const held: Readonly<Record<string, unknown>> = { ...record };
  const differs = fieldsOf(identity).some(([name, value]) => held[name] !== undefined && held[name] !== value);
  return differs || !identity.types.includes(record.type);
}

function fieldsOf({ types: _, ...fields }: WriteIdentity): [string, unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}

/**
 * SHA-256 of a write's whole input, in hex. It survives what servers do to values: rounding, defaults, later updates.
 */
export async function fingerprintOf(order: object): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(stringifyJson(inOrder(order))));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The value with its keys in order, so that equal inputs are equal texts. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]));
}
