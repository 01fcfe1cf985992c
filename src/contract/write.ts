import { hints as hintsCheck } from './balances.js';
import { findClaim, idempotencyKey, putClaim, replay } from './claims.js';
import { read } from './fields.js';
import { fingerprintOf } from './fingerprint.js';
import type { Json, JsonObject } from './json.js';
import { accessOf } from './policy.js';
import { putRecord } from './records.js';
import type { Event } from './submit.js';
import type { Transaction } from './transaction.js';
import type { WriteFunction } from './write-function.js';

/** The version in every result; a replay returns that of the first call. */
export const CONTRACT_VERSION = '1';

/** One write: which function, what it is to do, under which key, and where credits may be found. */
export interface WriteCall {
  readonly functionName: string;
  readonly order: Json;
  readonly key: Json | undefined;
  readonly hints: Json | undefined;
}

/** What a write returns, and what the event says of it; a replay has no event. */
export interface Outcome {
  readonly result: JsonObject;
  readonly event?: Event;
}

/**
 * Applies a write once under its key. The claim comes first: what was applied is returned whatever the policy, the
 * balances or the rules for orders have become. What is refused leaves no claim.
 */
export async function writeOnce(
  tx: Transaction,
  { functionName, order, key: givenKey, hints: givenHints = {} }: WriteCall,
  { write, adminMsp }: { readonly write: WriteFunction; readonly adminMsp: string },
): Promise<Outcome> {
  const key = read(idempotencyKey, givenKey, 'key');
  const claim = await findClaim(tx, key);
  if (claim !== undefined) return { result: replay(claim, functionName, order) };
  const access = await accessOf(tx, adminMsp);
  const applied = await write(tx, access, order, read(hintsCheck, givenHints, 'hints'));
  const result = { ...applied.result, transactionId: tx.id, contractVersion: CONTRACT_VERSION };
  putClaim(tx, key, { state: 'applied', functionName, fingerprint: fingerprintOf(functionName, order), result });
  return { result, event: { name: applied.event, record: putRecord(tx, applied.record) } };
}

/**
 * Claims a key for nothing, so that its fate is final: whatever call is still held under it cannot commit any more. If a
 * call was applied under it, or the key was voided, that is returned.
 */
export async function voidKey(tx: Transaction, givenKey: Json | undefined, adminMsp: string): Promise<Outcome> {
  const key = read(idempotencyKey, givenKey, 'key');
  const claim = await findClaim(tx, key);
  if (claim !== undefined) {
    const { state, transactionId, result } = claim;
    const { contractVersion } = result ?? claim;
    return { result: { state, transactionId, result, contractVersion, replayed: true } };
  }
  (await accessOf(tx, adminMsp)).require('void');
  const contractVersion = CONTRACT_VERSION;
  putClaim(tx, key, { state: 'void', contractVersion });
  const result = { state: 'void', transactionId: tx.id, contractVersion };
  return { result, event: { name: 'KeyVoided', record: putRecord(tx, { type: 'void' }) } };
}
