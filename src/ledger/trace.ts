import { stringifyJson } from '../http/json.js';
import type { TransactionRecord } from './ledger.js';

/** Where a record's metadata holds the key that its write was sent with, the fingerprint of its input, … */
export const KEY = 'idempotencyKey';
export const FINGERPRINT = 'idempotencyFingerprint';
/** … and the call that submitted it: after one that failed, another one may use the key. */
export const CALL = 'idempotencyCall';

/** What a write leaves in its transaction record. */
export interface Trace
  extends Partial<
    Pick<TransactionRecord, 'assetId' | 'amount' | 'recipientWallet' | 'holderWallet' | 'fromWallet' | 'toWallet'>
  > {
  readonly types: readonly string[];
}

/** Whether a record was submitted under a key. */
export function carriesKey(record: TransactionRecord, idempotencyKey: string): boolean {
  return record.metadata?.[KEY] === idempotencyKey;
}

/** Whether a record was submitted by a call, and not by another one under the same key. */
export function isOfCall(record: TransactionRecord, callId: string): boolean {
  return record.metadata?.[CALL] === callId;
}

/** Whether a record states another key. */
export function carriesOtherKey(record: TransactionRecord, idempotencyKey: string): boolean {
  const stated = record.metadata?.[KEY];
  return typeof stated === 'string' && stated !== idempotencyKey;
}

/**
 * Whether a record is of another write than the one that left this trace. The fingerprint decides; on a record without
 * one, any field that is stated and differs. A field that a server leaves out is no contradiction.
 */
export function isOther(
  record: TransactionRecord,
  { types, ...fields }: Trace,
  { idempotencyKey, fingerprint }: { readonly idempotencyKey: string; readonly fingerprint: string },
): boolean {
  if (carriesOtherKey(record, idempotencyKey)) return true;
  const stated = record.metadata?.[FINGERPRINT];
  if (typeof stated === 'string') return stated !== fingerprint;
  const held: Readonly<Record<string, unknown>> = { ...record };
  const differs = Object.entries(fields).some(
    ([name, value]) => held[name] !== undefined && value !== undefined && held[name] !== value,
  );
  return differs || !types.includes(record.type);
}

/** Whether a record that is not of another write states enough to be of this one. */
export function isProven(record: TransactionRecord, { types: _, ...fields }: Trace): boolean {
  if (typeof record.metadata?.[FINGERPRINT] === 'string') return true;
  const held: Readonly<Record<string, unknown>> = { ...record };
  const stated = Object.entries(fields).filter(([, value]) => value !== undefined);
  return stated.length > 1 && stated.every(([name]) => held[name] !== undefined);
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
  if (typeof value !== 'object' || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item)]));
}
