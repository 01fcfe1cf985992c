import { exactly } from './bounds.js';
import { compositeKey } from './composite-key.js';
import { type JsonObject, parseJson, toJson } from './json.js';
import type { StateReader } from './key-values.js';
import type { TokenStorage } from './token-storage.js';

/**
 * One key for each balance and one for each supply, overwritten by every change. Two transactions of one block that
 * change the same one conflict, so validation enforces the rules.
 */
export const balanceStorage: TokenStorage = {
  assetsOf: (state, walletId) => state.attributesUnder('balance', walletId),

  balance: (state, walletId, assetId) => exactly(readBalance(state, walletId, assetId)),

  circulating: (state, assetId) => {
    const { minted, burned } = readSupply(state, assetId);
    return exactly(minted - burned);
  },

  changeBalance: (stub, walletId, assetId, change) => {
    const balance = readBalance(stub, walletId, assetId) + change;
    stub.putState(balanceKey(walletId, assetId), balance.toString());
  },

  changeCirculating: (stub, assetId, change) => {
    const { minted, burned } = readSupply(stub, assetId);
    const supply = change < 0n ? { minted, burned: burned - change } : { minted: minted + change, burned };
    stub.putState(supplyKey(assetId), toJson(supply));
  },
};

function readBalance(state: StateReader, walletId: string, assetId: string): bigint {
  return BigInt(state.getState(balanceKey(walletId, assetId)) ?? 0);
}

/** The tokens of the asset ever minted and ever burned. */
function readSupply(state: StateReader, assetId: string): { minted: bigint; burned: bigint } {
  const text = state.getState(supplyKey(assetId));
  const { minted = 0, burned = 0 } = text === undefined ? {} : (parseJson(text) as JsonObject);
  return { minted: BigInt(String(minted)), burned: BigInt(String(burned)) };
}

function balanceKey(walletId: string, assetId: string): string {
  return compositeKey('balance', walletId, assetId);
}

function supplyKey(assetId: string): string {
  return compositeKey('supply', assetId);
}
