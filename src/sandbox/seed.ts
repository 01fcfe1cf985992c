import { LosslessNumber } from 'lossless-json';
import type { TokenContract } from './contract.js';
import type { JsonObject } from './json.js';
import type { Ledger } from './ledger.js';
import type { Transaction } from './transaction.js';

/** The result of `seed()`. Names are the same every time; asset ids are new. */
export interface SeededWorld {
  /** Three assets of different types; the last one is a draft without tokens. */
  readonly assets: readonly SeededAsset[];
  /** The wallet that tokens are minted to and sold from. */
  readonly treasury: string;
  /** Two wallets that bought tokens of both published assets. */
  readonly investors: readonly [string, string];
}

/** A seeded asset; amounts are whole tokens. */
export interface SeededAsset {
  readonly assetId: string;
  readonly name: string;
  readonly status: 'published' | 'draft';
  readonly totalSupply: bigint;
  /** The tokens of each wallet that holds any. */
  readonly balances: Readonly<Record<string, bigint>>;
}

const TREASURY = 'wallet-treasury';
const ALICE = 'wallet-alice';
const BOB = 'wallet-bob';

const OFFERS = [
  {
    name: 'Harbour View Residences',
    symbol: 'HVR',
    description: 'Forty flats by the harbour.',
    assetType: 'real-estate',
    totalValue: '5000000',
    totalSupply: 100_000n,
    pricePerToken: '50',
    sales: { [ALICE]: 1_200n, [BOB]: 300n },
  },
  {
    name: 'Still Life with Lemons',
    symbol: 'LEMON',
    description: 'Oil on canvas, 1921.',
    assetType: 'art',
    totalValue: '1250000',
    totalSupply: 10_000n,
    pricePerToken: '125',
    sales: { [ALICE]: 40n, [BOB]: 25n },
  },
  {
    name: 'Vault Gold 2025',
    symbol: 'VG25',
    description: 'Bars of 400 ounces in a vault.',
    assetType: 'commodity',
    totalValue: '3000000',
    totalSupply: 30_000n,
    pricePerToken: '100',
  },
];
type Offer = (typeof OFFERS)[number];

/** Writes sample data to the ledger: two assets that are minted, published and partly sold, and a draft. */
export function seed(ledger: Ledger, contract: TokenContract): SeededWorld {
  // Transactions that are already pending get a block of their own.
  ledger.cut();
  const assets = OFFERS.map((offer) => seedAsset(ledger, contract, offer));
  return { assets, treasury: TREASURY, investors: [ALICE, BOB] };
}

function seedAsset(ledger: Ledger, contract: TokenContract, { sales, ...offer }: Offer): SeededAsset {
  const { name, totalSupply: amount } = offer;
  const actor = TREASURY;
  const totalValue = new LosslessNumber(offer.totalValue);
  const pricePerToken = new LosslessNumber(offer.pricePerToken);
  const asset = { ...offer, totalValue, pricePerToken, status: 'draft' };
  const describe = ({ assetId }: { assetId: string }) => ({ type: 'create', assetId, actor, ...keyed(assetId) });
  const { assetId } = commit(ledger, contract.createAsset, { asset }, describe);
  if (sales === undefined) return { assetId, name, status: 'draft', totalSupply: amount, balances: {} };

  const updates = { status: 'published', publishedAt: '2025-01-01T00:00:00.000Z' };
  commit(ledger, contract.updateAsset, { assetId, updates }, () => ({
    type: 'publish',
    assetId,
    actor,
    ...keyed(assetId),
  }));
  const minting = { assetId, recipientWallet: TREASURY, amount };
  commit(ledger, contract.mintTokens, minting, () => ({ type: 'mint', actor, ...minting, ...keyed(assetId) }));
  for (const [toWallet, sold] of Object.entries(sales)) {
    const sale = { assetId, fromWallet: TREASURY, toWallet, amount: sold };
    commit(ledger, contract.transferTokens, sale, () => ({
      type: 'transfer',
      actor,
      ...sale,
      ...keyed(`${assetId}-${toWallet}`),
    }));
  }
  const unsold = Object.values(sales).reduce((left, sold) => left - sold, amount);
  return { assetId, name, status: 'published', totalSupply: amount, balances: { [TREASURY]: unsold, ...sales } };
}

/** As clients store their idempotency keys, so that a later client sees that they are kept. */
function keyed(name: string) {
  return { metadata: { idempotencyKey: `seed-${name}` } };
}

/** Each step reads what the previous one wrote, so each gets its own block. */
function commit<Args, Response extends JsonObject>(
  ledger: Ledger,
  ...invocation: Parameters<typeof ledger.submit<Args, Response>>
): Transaction {
  const transaction = ledger.submit(...invocation);
  ledger.cut();
  ledger.refuseIfStopped();
  return transaction;
}
