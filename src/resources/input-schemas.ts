import * as z from 'zod';
import { date, existingId, existingIds, id, metadata, money, page, quantity, text } from './fields.js';

/*
 * What each input must hold. A schema that has other fields than the interface of its input does not compile where it is
 * used: see `validate`.
 */

const assetFields = {
  name: text,
  symbol: text,
  description: text,
  assetType: text,
  totalValue: money,
  totalSupply: quantity,
  metadata: metadata.optional(),
};

export const createAsset = z.strictObject({
  ...assetFields,
  totalValue: money.refine((value) => value !== '0', 'must be above zero'),
  creatorWallet: id,
});

export const updateAsset = z.strictObject({
  assetId: id,
  updates: z
    .strictObject({ ...assetFields, pricePerToken: money, status: text })
    .partial()
    .refine((updates) => Object.values(updates).some((value) => value !== undefined), 'must change something'),
  updaterWallet: id,
});

export const publishAsset = z.strictObject({ assetId: id, publisherWallet: id });

export const addMetadata = z.strictObject({ assetId: id, metadata });

export const listAssets = page.extend({ assetType: text.optional(), status: text.optional() });

export const assetHistory = page.extend({ assetId: existingId });

export const mint = z.strictObject({
  assetId: id,
  recipientWallet: id,
  amount: quantity,
  minterWallet: id.optional(),
  metadata: metadata.optional(),
});

export const burn = z.strictObject({
  assetId: id,
  holderWallet: id,
  amount: quantity,
  burnerWallet: id,
  reason: text.optional(),
});

export const transfer = z
  .strictObject({ assetId: id, fromWallet: id, toWallet: id, amount: quantity, metadata: metadata.optional() })
  .refine(({ fromWallet, toWallet }) => differ(fromWallet, toWallet), mustDiffer('toWallet', 'fromWallet'));

export const purchase = z
  .strictObject({
    assetId: id,
    sellerWallet: id,
    buyerWallet: id,
    amount: quantity,
    price: money,
    paymentMethod: text.optional(),
  })
  .refine(
    ({ sellerWallet, buyerWallet }) => differ(sellerWallet, buyerWallet),
    mustDiffer('buyerWallet', 'sellerWallet'),
  );

export const balance = z.strictObject({ walletId: existingId, assetId: existingId.optional() });

export const balances = z.strictObject({ walletIds: existingIds, assetId: existingId.optional() });

export const walletTransactions = page.extend({ walletId: existingId, assetId: existingId.optional() });

export const listTransactions = page.extend({
  assetId: existingId.optional(),
  walletId: existingId.optional(),
  type: z.union([text, z.array(text).min(1, 'must name a type')], 'must be a type or a list of types').optional(),
  idempotencyKey: text.optional(),
  sortOrder: z.enum(['asc', 'desc'], "must be 'asc' or 'desc'").optional(),
});

export const reconcile = z.strictObject({
  idempotencyKey: text,
  assetId: existingId.optional(),
  since: date.optional(),
});

function differ(wallet: string | undefined, other: string | undefined): boolean {
  return wallet === undefined || wallet !== other;
}

/** Compared where other fields are wrong too, so that all are named together. */
function mustDiffer(field: string, from: string) {
  const when = ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null;
  return { path: [field], error: `must differ from ${from}`, when };
}
