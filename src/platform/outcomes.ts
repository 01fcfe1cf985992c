import type { Invocation } from '../chain/chain.js';
import { BY_CLAIM } from '../chain/refusals.js';
import { type BatchOutcome, readOutcomes } from '../chain/results.js';
import { parseJson, stringifyJson } from '../core/json.js';
import { InvalidResponseError } from '../errors.js';

/*
 * A write is asked about by evaluating it as a `Batch`: the contract then returns what became of each order, or would, as
 * a result and not as an error, and nothing is ordered.
 */

/** What became of each order, or would. */
export type Outcomes = readonly BatchOutcome[];

/** The orders of an invocation, as the argument of a `Batch`. */
export function ordersOf({ functionName, args: [first = '', key] }: Invocation): string {
  if (functionName === 'Batch') return first;
  // `Void` takes the key alone.
  if (key === undefined) return stringifyJson([{ function: functionName, key: first }]);
  return `[{"function":${stringifyJson(functionName)},"order":${first},"key":${stringifyJson(key)}}]`;
}

/** @throws InvalidResponseError unless it is a batch with an outcome for each of the orders */
export function outcomesOf(orders: string, result: string): Outcomes {
  const outcomes = readOutcomes(result);
  if (outcomes.length === (parseJson(orders) as readonly unknown[]).length) return outcomes;
  throw new InvalidResponseError('The contract returned another number of outcomes than of orders.');
}

/** The outcomes as the result of the invocation; that of a single order must not be a refusal. */
export function resultOf({ functionName }: Invocation, result: string, outcomes: Outcomes): string {
  if (functionName === 'Batch') return stringifyJson({ ...(parseJson(result) as object), outcomes });
  const [outcome] = outcomes;
  return stringifyJson(outcome && 'applied' in outcome ? outcome.applied : outcome);
}

/** Whether the claim on the key of an order proves what became of it. */
export function isClaimed(outcome: BatchOutcome): boolean {
  return 'applied' in outcome ? outcome.applied.replayed === true : BY_CLAIM.has(outcome.refused.code);
}

/** Whether an order of the batch with this id is on the ledger, and so the batch, with what it has refused. */
export function hasCommitted(outcomes: Outcomes, batchId: string): boolean {
  return outcomes.some(
    (outcome) => 'applied' in outcome && isClaimed(outcome) && outcome.applied.transactionId.startsWith(`${batchId}.`),
  );
}
