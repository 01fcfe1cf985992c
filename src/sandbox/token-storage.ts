import type { Bounds } from './bounds.js';
import type { ChaincodeStub } from './simulation.js';
import type { StateReader, WorldState } from './world-state.js';

/**
 * How a contract keeps its tokens on the ledger: what each wallet holds, and what circulates of each asset, in whole
 * tokens. It lays out keys and knows no rule; the rules are the contract's, and the same over any storage.
 *
 * Over the committed state both bounds of a quantity are the same. A transaction changes a quantity once at most, for a
 * write does not show in a later read of the same simulation.
 */
export interface TokenStorage {
  /** The assets of which the wallet has or had tokens, in the order in which it first got them. */
  assetsOf(state: WorldState, walletId: string): string[];
  /** 0 for a wallet that never had any. */
  balance(state: StateReader, walletId: string, assetId: string): Bounds;
  /** Minted minus burned. */
  circulating(state: StateReader, assetId: string): Bounds;
  changeBalance(stub: ChaincodeStub, walletId: string, assetId: string, change: bigint): void;
  /** More by a mint, less by a burn. */
  changeCirculating(stub: ChaincodeStub, assetId: string, change: bigint): void;
}
