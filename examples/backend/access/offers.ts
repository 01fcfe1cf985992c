import Big from 'big.js';
import {
  type Asset,
  type CallOptions,
  commitState,
  type MoneyInput,
  type SpydraClient,
  type TransactionRecord,
} from 'spydra-sdk';
import { Refusal } from '../../express/index.js';
import { outcomeUnknown } from '../writes/outcome-unknown.js';

/** A sale that a request asks for. */
export interface WantedSale {
  readonly assetId: string;
  readonly sellerWallet: string;
  readonly buyerWallet: string;
  readonly amount: string | number | bigint;
  readonly price: MoneyInput;
  readonly paymentMethod?: string | undefined;
}

/** The price to record for a sale. */
export interface Price {
  readonly price: MoneyInput;
  /** Whether the ledger shows this sale under its key, at this price or a rounded one. */
  readonly isMade: boolean;
}

/** The caller's permissions, and the key of the purchase. */
export interface Buying {
  readonly isAdmin: boolean;
  /** Wallets that investors may buy from, besides the creator of the asset. */
  readonly sellers: readonly string[];
  readonly idempotencyKey: string | undefined;
  readonly reading: CallOptions;
}

/**
 * Returns the exact price to record for a sale. For an admin it is the stated price. An investor may buy tokens of a
 * published asset, from a seller or the creator of the asset, at the current price on the ledger. A sale that was made
 * under the same key before keeps its price, so that the repeated call has the same input.
 *
 * @throws Refusal 403 or 409 if the sale is not offered; OutcomeUnknownError if the use of the key cannot be read.
 */
export async function priceOf(spydra: SpydraClient, sale: WantedSale, buying: Buying): Promise<Price> {
  const { isAdmin, idempotencyKey, reading } = buying;
  const earlier = idempotencyKey === undefined ? undefined : await sameMove(spydra, sale, idempotencyKey, reading);
  const paid = earlier && pricePaid(earlier, sale.price);
  const isMade = paid !== undefined && earlier?.metadata?.paymentMethod === sale.paymentMethod;
  if (isAdmin) return { price: paid ?? sale.price, isMade };
  const asset = await spydra.assets.get(sale.assetId, { ...reading, cache: 'no-store' });
  const { pricePerToken } = asset;
  // A server may have rounded the recorded price.
  if (paid !== undefined) return { price: isPrice(paid, pricePerToken) ? pricePerToken : paid, isMade };
  await ensureOffered(spydra, sale, asset, buying).catch((error: unknown) => {
    if (idempotencyKey === undefined || earlier === undefined) throw error;
    throw outcomeUnknown(
      idempotencyKey,
      'The ledger shows such a transfer under the key, but not that it is this sale.',
      error,
    );
  });
  return { price: pricePerToken, isMade };
}

async function ensureOffered(spydra: SpydraClient, sale: WantedSale, asset: Asset, { sellers, reading }: Buying) {
  const { assetId, sellerWallet, price } = sale;
  const { status, pricePerToken } = asset;
  if (status !== 'published' || new Big(pricePerToken).lte(0)) {
    throw new Refusal(
      409,
      'NOT_OFFERED',
      'Tokens of this asset are not for sale: it is not published, or has no price.',
    );
  }
  if (!sellers.includes(sellerWallet) && sellerWallet !== (await creatorOf(spydra, assetId, reading))) {
    throw new Refusal(403, 'NOT_A_SELLER', 'This wallet does not sell to investors.');
  }
  if (!isPrice(price, pricePerToken)) {
    throw new Refusal(409, 'PRICE_DIFFERS', 'The ledger states another price. Read the asset again before you decide.');
  }
}

/** The transaction under the key, if it moves the same tokens. */
async function sameMove(
  spydra: SpydraClient,
  sale: WantedSale,
  idempotencyKey: string,
  reading: CallOptions,
): Promise<TransactionRecord | undefined> {
  const { assetId } = sale;
  const found = await spydra.transactions.reconcile(idempotencyKey, { assetId }, reading).catch((cause: unknown) => {
    throw outcomeUnknown(idempotencyKey, 'Whether the key was used before could not be read.', cause);
  });
  if (found.state !== 'committed' && found.state !== 'pending') return undefined;
  return isSameMove(found.transaction, sale) ? found.transaction : undefined;
}

/** The price that a transaction records, if it is a sale at this price. */
function pricePaid({ metadata = {} }: TransactionRecord, price: MoneyInput): string | undefined {
  const paid = String(metadata.purchasePrice);
  const isReadable = metadata.purchaseType === 'sale' && /^\d+(\.\d+)?(e[+-]?\d+)?$/.test(paid);
  return isReadable && isPrice(price, paid) ? paid : undefined;
}

function isSameMove(record: TransactionRecord, { assetId, sellerWallet, buyerWallet, amount }: WantedSale): boolean {
  const { fromWallet, toWallet } = record;
  const isSameWay = record.assetId === assetId && fromWallet === sellerWallet && toWallet === buyerWallet;
  return isSameWay && record.amount === BigInt(amount);
}

/** The creator of the asset according to its create transaction: updates may overwrite the asset's own fields. */
async function creatorOf(spydra: SpydraClient, assetId: string, options: CallOptions): Promise<string | undefined> {
  const created: TransactionRecord[] = [];
  const query = { assetId, type: 'create', sortOrder: 'asc' } as const;
  for await (const record of spydra.transactions.list(query, options)) {
    // A server may ignore the filters.
    const isCreation = record.type === 'create' && record.assetId === assetId;
    if (isCreation && commitState(record) === 'committed') created.push(record);
  }
  const [first] = created.toSorted((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
  const creator = first?.actor ?? first?.metadata?.creator;
  return typeof creator === 'string' ? creator : undefined;
}

/** Whether a price is the exact one or the nearest double, which a client sends that parsed the price as a double. */
function isPrice(stated: MoneyInput, exact: string): boolean {
  const double = Number(exact);
  const given = new Big(String(stated));
  return given.eq(exact) || (Number.isFinite(double) && double > 0 && given.eq(String(double)));
}
