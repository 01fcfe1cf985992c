import type { SpydraClient } from 'spydra-sdk';
import { TREASURY } from '../helpers/stack';

/** So many writes at once. */
const CONCURRENCY = 100;

/** Publishes assets with tokens in the treasury, of which an investor buys one of each of the first ones. */
export async function openMarket(
  ledger: SpydraClient,
  assets: number,
  wallet: string,
  holdings: number,
): Promise<void> {
  await inParallel(assets, async (index) => {
    const { assetId } = await ledger.assets.create({
      name: `Asset ${index}, of a street with a long name`,
      symbol: `A${index}`,
      description: 'Flats by the river.',
      assetType: 'real-estate',
      totalValue: `${1_000_000 + index}`,
      totalSupply: 1_000n,
      creatorWallet: TREASURY,
    });
    await ledger.tokens.mint({ assetId, recipientWallet: TREASURY, amount: 1_000n });
    await ledger.assets.publish(assetId, { publisherWallet: TREASURY });
    if (index >= holdings) return;
    await ledger.tokens.transfer({ assetId, fromWallet: TREASURY, toWallet: wallet, amount: BigInt(1 + (index % 50)) });
  });
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
