import { DELTA, rowKey, type TotalName } from './delta-rows.js';
import type { ChaincodeStub } from './synchronous-simulation.js';
import type { TokenStorage } from './token-storage.js';

/**
 * Each balance and each supply is the sum of delta rows, so no two transactions conflict over one. Validation enforces
 * no rule then: the bounds do, which include pending transactions.
 */
export const deltaStorage: TokenStorage = {
  assetsOf: (state, walletId) => state.attributesUnder(DELTA, 'balance', walletId),
  balance: (state, walletId, assetId) => state.sumRows(balanceOf(walletId, assetId)),
  circulating: (state, assetId) => state.sumRows(supplyOf(assetId)),
  changeBalance: (stub, walletId, assetId, change) => putRow(stub, balanceOf(walletId, assetId), change),
  changeCirculating: (stub, assetId, change) => putRow(stub, supplyOf(assetId), change),
};

function balanceOf(walletId: string, assetId: string): TotalName {
  return ['balance', walletId, assetId];
}

function supplyOf(assetId: string): TotalName {
  return ['supply', assetId];
}

function putRow(stub: ChaincodeStub, total: TotalName, change: bigint): void {
  stub.putState(rowKey(total, stub.txId), change.toString());
}
