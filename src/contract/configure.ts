import { object } from './fields.js';
import type { Json } from './json.js';
import { policyKey } from './keys.js';
import { policy } from './policy.js';
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
