import type { Holdings, SupplyRecord } from '../ledger/ledger.js';

/** A wallet and what it holds. */
export interface Holder {
  readonly wallet: string;
  /** Whole tokens. */
  readonly balance: bigint;
}

/** How many tokens of an asset there are. */
export interface Supply {
  readonly assetId: string;
  /** Whole tokens, ever minted. */
  readonly totalMinted: bigint;
  /** Whole tokens, ever burned. */
  readonly totalBurned: bigint;
  /** Whole tokens: minted minus burned. */
  readonly circulatingSupply: bigint;
}

/** Holders, largest balance first; equal ones by wallet. */
export function holdersOf({ balances }: Holdings): Holder[] {
  return [...balances]
    .map(([wallet, balance]) => ({ wallet, balance }))
    .sort((a, b) => (a.balance === b.balance ? (a.wallet < b.wallet ? -1 : 1) : a.balance > b.balance ? -1 : 1));
}

export function supplyOf({ assetId, minted, burned }: SupplyRecord): Supply {
  return { assetId, totalMinted: minted, totalBurned: burned, circulatingSupply: minted - burned };
}
