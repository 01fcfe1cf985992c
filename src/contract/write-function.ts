import type { Hints } from './balances.js';
import { type Check, read } from './fields.js';
import type { Json, JsonObject } from './json.js';
import type { Access } from './policy.js';
import type { RecordFields } from './records.js';
import type { Transaction } from './transaction.js';

/** What a write did, before its claim and its record are put. */
export interface Applied {
  /** The name of the event. */
  readonly event: string;
  readonly record: RecordFields;
  /** What the function returns, beside the transaction's id and the contract's version. */
  readonly result: JsonObject;
}

/** A function of the contract that writes. It throws Refusal, and what it has written is then dropped. */
export type WriteFunction = (tx: Transaction, access: Access, order: Json, hints: Hints) => Promise<Applied>;

/** Checks the order, then whether the submitter is allowed to give it, then applies it. */
export function writeFunction<Order>(
  check: Check<Order>,
  authorize: (access: Access, order: Order) => void,
  apply: (tx: Transaction, order: Order, hints: Hints) => Promise<Applied>,
): WriteFunction {
  return async (tx, access, json, hints) => {
    const order = read(check, json, 'order');
    authorize(access, order);
    return apply(tx, order, hints);
  };
}
