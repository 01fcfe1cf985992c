import type { Portfolio, SpydraClient } from 'spydra-sdk';
import { dollars, note, step, title, tokens } from './terminal.js';

const TREASURY = 'demo-treasury';
const INVESTOR = 'demo-investor';

/** The number of the block that holds a transaction, where the ledger tells it. */
export type BlockOf = (transactionId: string) => Promise<bigint>;

/** Creates an asset, mints, publishes and sells it, and prints what the ledger then shows. */
export async function lifeOfAnAsset(spydra: SpydraClient, blockOf?: BlockOf): Promise<void> {
  const write = async <T extends { readonly transactionId: string }>(name: string, work: () => Promise<T>) => {
    const result = await step(name, work);
    note(`transaction ${result.transactionId}`);
    // The write is done, also where its block cannot be read.
    if (blockOf) note(await blockOf(result.transactionId).then((block) => `block ${block}`, unreadable));
    return result;
  };

  const { assetId, asset } = await write('Create an asset', () =>
    spydra.assets.create({
      name: 'Harbour View 12',
      symbol: 'HV12',
      description: 'A two-bedroom flat by the harbour',
      assetType: 'real-estate',
      totalValue: '525000',
      totalSupply: 10_000n,
      creatorWallet: TREASURY,
    }),
  );
  note(`${asset.name} (${assetId}): ${dollars(asset.totalValue)} in ${tokens(asset.totalSupply)}`);
  note(`${dollars(asset.pricePerToken)} for one token`);

  const balances = async () => {
    for (const wallet of [TREASURY, INVESTOR]) {
      const [held] = (await spydra.wallets.balance(wallet, { assetId })).balances;
      note(`${wallet} holds ${tokens(held?.balance ?? 0n)}`);
    }
  };
  await balances();

  await write('Mint all of its tokens', () =>
    spydra.tokens.mint({ assetId, recipientWallet: TREASURY, amount: asset.totalSupply, minterWallet: TREASURY }),
  );
  await balances();

  await write('Publish it', () => spydra.assets.publish(assetId, { publisherWallet: TREASURY }));
  note('Investors see it now');
  await balances();

  const sale = await write('Sell 1,000 tokens to an investor', () =>
    spydra.tokens.purchase({
      assetId,
      sellerWallet: TREASURY,
      buyerWallet: INVESTOR,
      amount: 1_000n,
      price: asset.pricePerToken,
      paymentMethod: 'bank-transfer',
    }),
  );
  note(`${tokens(sale.amount)} at ${dollars(sale.purchasePrice)}: ${dollars(sale.totalValue)}`);
  await balances();

  title("The investor's portfolio");
  printPortfolio(await spydra.wallets.portfolio(INVESTOR));

  title('The asset, according to its transactions');
  const { totalMinted, circulatingSupply } = await spydra.tokens.supply(assetId);
  note(`minted ${tokens(totalMinted)}, in circulation ${tokens(circulatingSupply)}`);
  for (const { wallet, balance } of await spydra.tokens.holders(assetId)) note(`${wallet}: ${tokens(balance)}`);
  for await (const { type, status, transactionId } of spydra.assets.history(assetId)) {
    note(`${type.padEnd(9)} ${status.toLowerCase().padEnd(10)} ${transactionId}`);
  }
}

function unreadable(error: unknown): string {
  return `its block cannot be read: ${error instanceof Error ? error.message : error}`;
}

function printPortfolio({ holdings, totalValue }: Portfolio): void {
  for (const { assetName, balance, pricePerToken, value } of holdings) {
    note(`${assetName}: ${tokens(balance)} × ${dollars(pricePerToken)} = ${dollars(value)}`);
  }
  note(`worth ${dollars(totalValue)} in all`);
}
