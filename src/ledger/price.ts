import { AmountProblem, pricePerToken } from '../core/amounts.js';
import type { Call } from '../core/call.js';
import { InvalidInputError } from '../errors.js';
import type { Ledger } from './ledger.js';
import type { AssetChanges } from './operations.js';

/**
 * Adds the price that follows from a new value or supply, unless the updates have one. Computed when the update is
 * sent, so that a second submission does not carry a stale price.
 */
export async function withPrice(
  ledger: Pick<Ledger, 'getAsset'>,
  assetId: string,
  updates: AssetChanges,
  call: Call,
): Promise<AssetChanges> {
  const { totalValue, totalSupply } = updates;
  if (updates.pricePerToken !== undefined || (totalValue === undefined && totalSupply === undefined)) return updates;
  const known = totalValue !== undefined && totalSupply !== undefined;
  const asset = known ? { totalValue, totalSupply } : await ledger.getAsset(assetId, call);
  const supply = totalSupply ?? asset.totalSupply;
  if (supply === 0n) return updates;
  const field = totalValue === undefined ? 'updates.totalSupply' : 'updates.totalValue';
  return { ...updates, pricePerToken: priceFor(field, totalValue ?? asset.totalValue, supply) };
}

/**
 * The price that follows from value and supply.
 *
 * @throws InvalidInputError naming `field`, which gave one of them, for a price that is too long to be read again.
 */
export function priceFor(field: string, totalValue: string, totalSupply: bigint): string {
  try {
    return pricePerToken(totalValue, totalSupply);
  } catch (error) {
    if (!(error instanceof AmountProblem)) throw error;
    throw new InvalidInputError([{ field, message: error.message }]);
  }
}
