import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from './json.js';

/** The version of new fingerprints. A claim keeps the version that it was written with. */
export const FINGERPRINT_VERSION = '1';

/** Never change one: the claims of its version could no longer be compared. */
const VERSIONS: Readonly<Record<string, (functionName: string, order: Json) => string>> = {
  '1': (functionName, order) => sha256(`spydra-contract/1\n${functionName}\n${canonicalJson(order)}`),
};

/**
 * What distinguishes two calls under one key: SHA-256 over the function and the canonical order, as `<version>:<hex>`.
 * An order has neither times nor hints, so a repetition has the same fingerprint.
 *
 * @example
 * ```ts
 * fingerprint('MintTokens', '{"amount":"5","assetId":"a"}') === fingerprint('MintTokens', '{"assetId": "a", "amount": "5"}');
 * ```
 */
export function fingerprintOf(functionName: string, order: Json, version: string = FINGERPRINT_VERSION): string {
  const compute = VERSIONS[version];
  if (compute === undefined)
    throw new Error(`This version of the contract cannot compute fingerprints of version ${version}.`);
  return `${version}:${compute(functionName, order)}`;
}

/** Whether a claim's fingerprint is that of a call. */
export function isSameCall(fingerprint: string, functionName: string, order: Json): boolean {
  const version = fingerprint.slice(0, fingerprint.indexOf(':'));
  return fingerprintOf(functionName, order, version) === fingerprint;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
