import type { CreateAssetInput } from 'spydra-sdk';

/** The asset of tests and benchmarks. */
export const FLAT: CreateAssetInput = {
  name: 'Flat',
  symbol: 'FL',
  description: 'A flat',
  assetType: 'real-estate',
  totalValue: '1000000',
  totalSupply: 1_000_000n,
  creatorWallet: 'treasury',
};
