import { createHash } from 'node:crypto';
import { canonicalJson, parseRow } from '../contract/json.js';
import { type Json, type JsonObject, toJson } from './json.js';
import { Refusal } from './refusal.js';
import type { TransactionIndex } from './transaction-index.js';

/** The idempotency key of a call, and its fingerprint. */
export interface Claim {
  readonly key: string;
  readonly fingerprint: string;
}

/** The fingerprint of a call: method, path and body, regardless of white space and the order of keys. */
export function fingerprint(method: string, path: string, body: Json): string {
  return createHash('sha256')
    .update(`${method} ${path} ${canonicalJson(parseRow(toJson(body)))}`)
    .digest('hex');
}

/**
 * The response to the call that was accepted under the claim's key, if there is one.
 *
 * The contract's own claims show only what was committed. A refused call has no transaction, and one that failed no
 * longer holds its key, so that the same call may be made again.
 *
 * @throws Refusal IDEMPOTENCY_CONFLICT if the key was used for another call.
 */
export function firstUnder(claim: Claim, index: TransactionIndex): JsonObject | undefined {
  const { reply, transactionId } =
    index
      .withKey(claim.key)
      .map(({ transaction }) => transaction)
      .findLast(({ reply, validationCode = 'VALID' }) => reply?.key === claim.key && validationCode === 'VALID') ?? {};
  if (reply === undefined || reply.fingerprint === claim.fingerprint) return reply?.response;
  throw new Refusal('IDEMPOTENCY_CONFLICT', 'This idempotency key was already used for another call.', {
    transactionId,
  });
}
