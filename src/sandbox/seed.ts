import { type JsonObject, parseJson, toJson } from './json.js';
import type { Parts } from './parts.js';
import { toContractFields } from './rest-asset.js';

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
    totalSupply: '100000',
    pricePerToken: '50',
    sales: { [ALICE]: 1_200n, [BOB]: 300n },
  },
  {
    name: 'Still Life with Lemons',
    symbol: 'LEMON',
    description: 'Oil on canvas, 1921.',
    assetType: 'art',
    totalValue: '1250000',
    totalSupply: '10000',
    pricePerToken: '125',
    sales: { [ALICE]: 40n, [BOB]: 25n },
  },
  {
    name: 'Vault Gold 2025',
    symbol: 'VG25',
    description: 'Bars of 400 ounces in a vault.',
    assetType: 'commodity',
    totalValue: '3000000',
    totalSupply: '30000',
    pricePerToken: '100',
  },
];
type Offer = (typeof OFFERS)[number];

/** Writes sample data to the ledger: two assets that are minted, published and partly sold, and a draft. */
export async function seed(parts: Pick<Parts, 'chain' | 'ledger'>): Promise<SeededWorld> {
  // Transactions that are already pending get a block of their own.
  parts.ledger.cut();
  const assets: SeededAsset[] = [];
  for (const offer of OFFERS) assets.push(await seedAsset(parts, offer));
  return { assets, treasury: TREASURY, investors: [ALICE, BOB] };
}

async function seedAsset(
  { chain, ledger }: Pick<Parts, 'chain' | 'ledger'>,
  { sales, ...asset }: Offer,
): Promise<SeededAsset> {
  const { name, totalSupply: amount } = asset;
  /** Each step reads what the previous one wrote, so each gets its own block. */
  const commit = async (functionName: string, orderOf: (id: string) => JsonObject): Promise<string> => {
    const { result } = await chain.transact(functionName, (id) => [toJson(orderOf(id)), id]);
    ledger.cut();
    ledger.refuseIfStopped();
    return result;
  };

  const created = await commit('CreateAsset', (id) => {
    return { creatorWallet: TREASURY, asset: { ...asset, ...keyed(`asset-${id}`) } };
  });
  const { assetId } = parseJson(created) as unknown as { assetId: string };
  const totalSupply = BigInt(amount);
  if (sales === undefined) return { assetId, name, status: 'draft', totalSupply, balances: {} };

  const updates = toContractFields({ status: 'published', publishedAt: '2025-01-01T00:00:00.000Z', ...keyed(assetId) });
  await commit('UpdateAsset', () => ({ assetId, updaterWallet: TREASURY, updates }));
  const minting = { assetId, minterWallet: TREASURY, recipientWallet: TREASURY, amount };
  await commit('MintTokens', () => ({ ...minting, ...keyed(assetId) }));
  for (const [toWallet, sold] of Object.entries(sales)) {
    const sale = { assetId, fromWallet: TREASURY, toWallet, amount: sold.toString() };
    await commit('TransferTokens', () => ({ ...sale, ...keyed(`${assetId}-${toWallet}`) }));
  }
  const unsold = Object.values(sales).reduce((left, sold) => left - sold, totalSupply);
  return { assetId, name, status: 'published', totalSupply, balances: { [TREASURY]: unsold, ...sales } };
}

/** As clients store their idempotency keys, so that a later client sees that they are kept. */
function keyed(name: string) {
  return { metadata: { idempotencyKey: `seed-${name}` } };
}
