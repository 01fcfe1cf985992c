import { SpydraClient } from 'spydra-sdk';
import { FLAT } from '../../../../test/helpers/flat.js';
import { SANDBOX } from '../../cluster/topology.js';

/** What one writer moves tokens of; nobody else does. */
export interface Market {
  readonly assetId: string;
  /** Holds tokens enough for the whole test. */
  readonly seller: string;
  /** Holds none, ever. */
  readonly pauper: string;
  readonly buyer: string;
}

/** Makes them on the sandbox itself, with nothing between. */
export async function openMarkets(sandboxUrl: string, count: number): Promise<Market[]> {
  await using spydra = new SpydraClient({ ...SANDBOX, baseUrl: sandboxUrl });
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { assetId } = await spydra.assets.create({ ...FLAT, symbol: `FL${index}` });
      const seller = `seller-${index}`;
      await spydra.tokens.mint({ assetId, recipientWallet: seller, amount: 100_000 });
      return { assetId, seller, pauper: `pauper-${index}`, buyer: `buyer-${index}` };
    }),
  );
}
