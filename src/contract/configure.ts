import { object } from './fields.js';
import { canonicalJson, type Json } from './json.js';
import { policyKey } from './keys.js';
import { type Policy, policy } from './policy.js';
import { writeFunction } from './write-function.js';

/** Replaces the policy. Its row was read with the access, so of two changes at once one is valid. */
export const configure = writeFunction(
  object({ policy }),
  (access) => access.requireAdmin(),
  async (tx, order) => {
    const row = { policy: order.policy as unknown as Json, updatedAt: tx.timestamp };
    tx.state.put(policyKey, row);
    return { event: 'PolicyConfigured', record: { type: 'configure' }, result: row };
  },
);

/** The row of a policy, for a ledger in memory that begins with one. On Fabric, `Configure` puts it. */
export function policyRow(initial: Policy): {
  readonly objectType: string;
  readonly attributes: readonly string[];
  readonly value: string;
} {
  const [objectType, ...attributes] = policyKey;
  const row = { policy: initial as unknown as Json, updatedAt: new Date(0).toISOString(), docType: objectType };
  return { objectType, attributes, value: canonicalJson(row) };
}
