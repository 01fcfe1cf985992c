import { LosslessNumber } from 'lossless-json';
import type { JsonObject } from './json.js';

/** Names that the contract keeps for itself in an asset. Callers of the REST API may set them, and see what they have set. */
const RESERVED = ['docType', 'createdAt', 'updatedAt', 'publishedAt'];
/** Before such a name, and any other that the contract refuses, in the contract's asset. */
const PREFIX = 'rest.';

/** The path of a field, as the contract names it, in a request of the REST API. */
export const toRestField = (field: string): string => field.replace(/^(asset|updates)\.rest\./, '$1.');

const AMOUNTS = ['totalValue', 'totalSupply', 'pricePerToken'];

/** The fields of an asset as the contract takes them. The id is never the caller's. */
export function toContractFields({ assetId: _, ...fields }: JsonObject): JsonObject {
  const isTaken = (name: string) => RESERVED.includes(name) || name.startsWith(PREFIX) || !/^[A-Za-z]/.test(name);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [isTaken(name) ? PREFIX + name : name, value]),
  );
}

/** An asset of the contract as the REST API shows it: amounts are JSON numbers. */
export function toRestAsset(asset: JsonObject): JsonObject {
  const fields = Object.entries(asset).filter(([name]) => !RESERVED.includes(name));
  return Object.fromEntries(
    fields.map(([name, value]) => [
      name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name,
      AMOUNTS.includes(name) ? new LosslessNumber(String(value)) : value,
    ]),
  );
}
