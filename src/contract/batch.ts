import { json, listOf, object, optional, read, text } from './fields.js';
import type { Json, JsonObject } from './json.js';
import { Refusal, refuseFields } from './refusal.js';
import type { Event, Submitted } from './submit.js';
import type { Transaction } from './transaction.js';
import { CONTRACT_VERSION, type Outcome, type WriteCall } from './write.js';

/** Orders of one transaction: about 4 MB of a block, whose limit is 10 MB by default (`AbsoluteMaxBytes`). */
const MAX_ORDERS = 1_000;

const member = object({ function: text, order: optional(json), key: optional(json), hints: optional(json) });
const members = listOf(json, MAX_ORDERS);

/**
 * Applies many orders in one transaction, each under its own key. One that is refused changes nothing, not even its
 * claim, and does not stop the others; each sees what those before it have done.
 */
export async function runBatch(
  tx: Transaction,
  orders: Json,
  apply: (tx: Transaction, call: WriteCall) => Promise<Outcome>,
): Promise<Submitted> {
  const list = read(members, orders, 'orders');
  const outcomes: JsonObject[] = [];
  const events: Event[] = [];
  for (const [order, item] of list.entries()) {
    const state = tx.state.fork();
    try {
      const outcome = await apply({ ...tx, state, order, id: `${tx.txId}.${order}` }, callOf(item));
      state.merge();
      outcomes.push({ applied: outcome.result });
      if (outcome.event !== undefined) events.push(outcome.event);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      outcomes.push({ refused: error.toJSON() });
    }
  }
  const result = { transactionId: tx.txId, contractVersion: CONTRACT_VERSION, outcomes };
  return { result, eventName: 'Batch', events };
}

function callOf(item: Json): WriteCall {
  const { function: functionName, order = {}, key, hints } = read(member, item, 'order');
  // The orders after it would be under another policy than those before it.
  if (functionName === 'Configure') refuseFields([{ field: 'function', message: 'must not be Configure in a batch' }]);
  return { functionName, order, key, hints };
}
