import type { Refusal as ContractRefusal } from '../contract/index.js';
import { isJsonObject, type JsonObject, parseJson } from './json.js';
import { Refusal } from './refusal.js';
import { toRestField } from './rest-asset.js';

const AMOUNTS = ['balance', 'amount', 'totalSupply', 'circulating'];

/** A refusal of the contract as the REST API reports it: amounts are JSON numbers. */
export function toRestRefusal({ code, reason, message }: ContractRefusal): Refusal {
  const { details } = parseJson(message) as { readonly details?: JsonObject | readonly JsonObject[] };
  if (!isJsonObject(details)) {
    const problems = details?.map((problem) => ({ ...problem, field: toRestField(String(problem.field)) }));
    return new Refusal(code, reason, problems);
  }
  const numbers = Object.entries(details).map(([name, value]) => [
    name,
    AMOUNTS.includes(name) ? BigInt(String(value)) : value,
  ]);
  return new Refusal(code, reason, Object.fromEntries(numbers));
}
