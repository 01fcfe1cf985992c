import { textThat } from './fields.js';
import { isSameCall } from './fingerprint.js';
import type { Json, JsonObject } from './json.js';
import { claimKey } from './keys.js';
import { Refusal } from './refusal.js';
import type { Transaction } from './transaction.js';

/** What became of an idempotency key: the row of its claim. */
export interface Claim extends JsonObject {
  readonly mspId: string;
  /** Void: nothing is ever applied under the key. */
  readonly state: 'applied' | 'void';
  readonly transactionId: string;
  /** Of the first call; a void claim has none of these. */
  readonly functionName?: string;
  readonly fingerprint?: string;
  /** As it was first returned, with the version of the contract that returned it. */
  readonly result?: JsonObject;
  /** That voided the key; of a call, the result has it. */
  readonly contractVersion?: string;
}

export const idempotencyKey = textThat((key) =>
  /^[\x20-\x7e]{1,255}$/.test(key) ? undefined : 'must be 1 to 255 visible ASCII characters',
);

/**
 * The claim on a key by the MSP of the submitter: any identity of it may repeat what another one has sent. Reading puts
 * the key into the read set, absent or not, so of two transactions that claim it one is valid.
 */
export async function findClaim({ state, identity }: Transaction, key: string): Promise<Claim | undefined> {
  return (await state.get(claimKey(identity.mspId, key))) as Claim | undefined;
}

/**
 * The first result of a call that is repeated.
 *
 * @throws Refusal IDEMPOTENCY_CONFLICT for another call, KEY_VOIDED
 */
export function replay(claim: Claim, functionName: string, order: Json): JsonObject {
  const { transactionId, fingerprint, result } = claim;
  if (fingerprint === undefined || result === undefined) {
    throw new Refusal('KEY_VOIDED', 'This idempotency key was voided: use another one.', { transactionId });
  }
  if (!isSameCall(fingerprint, functionName, order)) {
    throw new Refusal('IDEMPOTENCY_CONFLICT', 'This idempotency key was already used for another call.', {
      transactionId,
    });
  }
  return { ...result, replayed: true };
}

export function putClaim(
  { state, identity: { mspId }, id: transactionId, timestamp }: Transaction,
  key: string,
  claim: Omit<Claim, 'mspId' | 'transactionId'> & Pick<Claim, 'state'>,
): void {
  state.put(claimKey(mspId, key), { ...claim, mspId, idempotencyKey: key, transactionId, timestamp });
}
