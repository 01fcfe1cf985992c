// The life cycle of an asset: `npm run demo`. On the embedded sandbox, or on the server in the SPYDRA_* variables.
import { type Portfolio, SpydraClient, SpydraError } from 'spydra-sdk';
import { createSandbox, type Sandbox } from 'spydra-sdk/sandbox';
import { STOPPED, stopSignal } from './stop-signal.js';
import { dollars, money, note, step, title, tokens } from './terminal.js';

const TREASURY = 'demo-treasury';
const INVESTOR = 'demo-investor';

const onServer = process.env.SPYDRA_API_KEY !== undefined || process.env.SPYDRA_BASE_URL !== undefined;
let sandbox: Sandbox | undefined;
let stopped: AbortSignal | undefined;

try {
  sandbox = onServer ? undefined : createSandbox({ blockTime: 2_000 });
  await using spydra = new SpydraClient(sandbox?.connection());
  // close() ends the running call; its error states the outcome.
  stopped = stopSignal(() => void spydra.close());
  title(sandbox ? 'Spydra sandbox, embedded, a block every 2 s' : 'Spydra, as the SPYDRA_* variables say');
  await lifeOfAnAsset(spydra);
} catch (error) {
  process.exitCode = stopped?.aborted ? STOPPED : 1;
  if (stopped?.aborted) console.error(`\nStopped. ${outcomeOf(error)}`);
  else explain(error);
} finally {
  await sandbox?.close();
}

/** Returns a sentence about the outcome of the write that was stopped. */
function outcomeOf(error: unknown): string {
  const isOpen = error instanceof SpydraError && error.outcome === 'unknown';
  if (!isOpen) return 'No write was unfinished.';
  return `One write was unfinished: ${error.message}${onServer ? '' : ' (The embedded sandbox ends with this demo.)'}`;
}

function explain(error: unknown): void {
  const code = error instanceof SpydraError ? ` [${error.code}]` : '';
  console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}${code}`);
}

async function lifeOfAnAsset(spydra: SpydraClient): Promise<void> {
  const { assetId, asset } = await step('Create an asset', () =>
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

  await step('Mint all of its tokens', () =>
    spydra.tokens.mint({ assetId, recipientWallet: TREASURY, amount: asset.totalSupply, minterWallet: TREASURY }),
  );
  await balances();

  await step('Publish it', () => spydra.assets.publish(assetId, { publisherWallet: TREASURY }));
  note('Investors see it now');
  await balances();

  const sale = await step('Sell 1,000 tokens to an investor', () =>
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

function printPortfolio({ holdings, totalValue }: Portfolio): void {
  for (const { assetName, balance, pricePerToken, value } of holdings) {
    note(`${assetName}: ${tokens(balance)} × ${money(pricePerToken)} = ${dollars(value)}`);
  }
  note(`worth ${dollars(totalValue)} in all`);
}
