import { pricePerToken } from '../amounts.js';
import type { Call } from '../call.js';
import type { AssetChanges, Ledger } from './ledger.js';

/**
 * Lets an asset's price follow its value and supply: an update of one of them, without a price, is sent with the price
 * that follows. The price is computed as the update is sent, so a second submission does not carry a stale one.
 */
export function repriced(ledger: Ledger): Ledger {
  const withPrice = async (assetId: string, updates: AssetChanges, call: Call): Promise<AssetChanges> => {
    const { totalValue, totalSupply } = updates;
    if (updates.pricePerToken !== undefined || (totalValue === undefined && totalSupply === undefined)) return updates;
    const known = totalValue !== undefined && totalSupply !== undefined;
    const asset = known ? { totalValue, totalSupply } : await ledger.getAsset(assetId, call);
    const supply = totalSupply ?? asset.totalSupply;
    if (supply === 0n) return updates;
    return { ...updates, pricePerToken: pricePerToken(totalValue ?? asset.totalValue, supply) };
  };

  return {
    ...ledger,
    updateAsset: async (order, call) =>
      ledger.updateAsset({ ...order, updates: await withPrice(order.assetId, order.updates, call) }, call),
  };
}
