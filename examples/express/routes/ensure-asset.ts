import type { CallOptions, SpydraClient } from 'spydra-sdk';

/**
 * Distinguishes an asset without transactions from one that does not exist. Called for empty results only, so that
 * other requests do not cost a read.
 *
 * @throws NotFoundError
 */
export async function ensureAsset(spydra: SpydraClient, assetId: string, options: CallOptions): Promise<void> {
  await spydra.assets.get(assetId, options);
}
