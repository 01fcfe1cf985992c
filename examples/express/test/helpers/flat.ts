import { expect } from 'vitest';
import { adapterOnSandbox } from './adapter.js';

export const FLAT = {
  name: 'Harbour View 12',
  symbol: 'HV12',
  description: 'A flat',
  assetType: 'real-estate',
  totalValue: 525_000,
  totalSupply: 10_000,
  metadata: { rooms: 2 },
};
export const ID = expect.stringMatching(/^[\w-]+$/);
export const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);

/** The adapter with an asset of ours on the ledger: published, and 1,000 tokens of it in the treasury. */
export async function adapterWithAsset() {
  const adapter = await adapterOnSandbox();
  const { assetId } = await adapter.spydra.assets.create({ ...FLAT, creatorWallet: 'treasury' });
  await adapter.spydra.assets.publish(assetId, { publisherWallet: 'treasury' });
  await adapter.spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 1_000 });
  return { ...adapter, assetId };
}
