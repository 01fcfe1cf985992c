import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from './json.js';
import { Refusal } from './refusal.js';
import type { IdempotencyClaim, Transaction } from './transaction.js';
import type { TransactionIndex } from './transaction-index.js';

/** The fingerprint of a call: method, path and body, regardless of white space and the order of keys. */
export function fingerprint(method: string, path: string, body: Json): string {
  return createHash('sha256')
    .update(`${method} ${path} ${canonicalJson(body)}`)
    .digest('hex');
}

/**
 * The transaction that was accepted under the claim's key, if there is one.
 *
 * There is nothing else to store: a refused call has no transaction, and one that failed no longer holds its key,
 * so that the same call may be made again.
 *
 * @throws Refusal IDEMPOTENCY_CONFLICT if the key was used for another call.
 */
export function firstUnder(claim: IdempotencyClaim, index: TransactionIndex): Transaction | undefined {
  const first = index
    .withKey(claim.key)
    .findLast(
      ({ claim: earlier, validationCode = 'VALID' }) => earlier?.key === claim.key && validationCode === 'VALID',
    );
  if (first === undefined || first.claim?.fingerprint === claim.fingerprint) return first;
  throw new Refusal('IDEMPOTENCY_CONFLICT', 'This idempotency key was already used for another call.', {
    transactionId: first.transactionId,
  });
}
