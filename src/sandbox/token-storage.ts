import type { Bounds } from './bounds.js';
import type { StateReader, WorldState } from './key-values.js';
import type { ChaincodeStub } from './synchronous-simulation.js';

/**
 * How a contract stores tokens on the ledger: the balance of each wallet and the supply of each asset, in whole
 * tokens. It defines keys and no rules; the rules are the contract's, and the same over any storage.
 *
 * Over the committed state both bounds of a quantity are the same. A transaction changes a quantity once at most, for a
 * write does not show in a later read of the same simulation.
 */
export interface TokenStorage {
  /** The assets of which the wallet has or had tokens, in the order of first receipt. */
  assetsOf(state: WorldState, walletId: string): string[];
  /** 0 for a wallet that never had any. */
  balance(state: StateReader, walletId: string, assetId: string): Bounds;
  /** Minted minus burned. */
  circulating(state: StateReader, assetId: string): Bounds;
  changeBalance(stub: ChaincodeStub, walletId: string, assetId: string, change: bigint): void;
  /** Increased by a mint, reduced by a burn. */
  changeCirculating(stub: ChaincodeStub, assetId: string, change: bigint): void;
}
