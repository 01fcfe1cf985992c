import * as z from 'zod/mini';
import { callSchema } from '../calls.js';
import { milliseconds } from '../core/validate.js';
import { date, existingId, existingIds, id, metadata, money, page, quantity, text } from './fields.js';

/** Milliseconds. */
const MAX_OVERLAP = 86_400_000;

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
  metadata: z.optional(metadata),
};

export const createAsset = z.strictObject({
  ...assetFields,
  totalValue: money.check(z.refine((value) => value !== '0', 'must be above zero')),
  creatorWallet: id,
});

export const updateAsset = z.strictObject({
  assetId: id,
  updates: z
    .partial(z.strictObject({ ...assetFields, pricePerToken: money, status: text }))
    .check(z.refine((updates) => Object.values(updates).some((value) => value !== undefined), 'must change something')),
  updaterWallet: id,
});

export const publishAsset = z.strictObject({ assetId: id, publisherWallet: id });

export const addMetadata = z.strictObject({ assetId: id, metadata });

export const listAssets = z.extend(page, { assetType: z.optional(text), status: z.optional(text) });

export const assetHistory = z.extend(page, { assetId: existingId });

export const mint = z.strictObject({
  assetId: id,
  recipientWallet: id,
  amount: quantity,
  minterWallet: z.optional(id),
  metadata: z.optional(metadata),
});

export const burn = z.strictObject({
  assetId: id,
  holderWallet: id,
  amount: quantity,
  burnerWallet: id,
  reason: z.optional(text),
});

export const transfer = z
  .strictObject({ assetId: id, fromWallet: id, toWallet: id, amount: quantity, metadata: z.optional(metadata) })
  .check(z.refine(({ fromWallet, toWallet }) => differ(fromWallet, toWallet), mustDiffer('toWallet', 'fromWallet')));

export const purchase = z
  .strictObject({
    assetId: id,
    sellerWallet: id,
    buyerWallet: id,
    amount: quantity,
    price: money,
    paymentMethod: z.optional(text),
  })
  .check(
    z.refine(
      ({ sellerWallet, buyerWallet }) => differ(sellerWallet, buyerWallet),
      mustDiffer('buyerWallet', 'sellerWallet'),
    ),
  );

export const balance = z.strictObject({ walletId: existingId, assetId: z.optional(existingId) });

export const balances = z.strictObject({ walletIds: existingIds, assetId: z.optional(existingId) });

export const walletTransactions = z.extend(page, { walletId: existingId, assetId: z.optional(existingId) });

export const listTransactions = z.extend(page, {
  assetId: z.optional(existingId),
  walletId: z.optional(existingId),
  type: z.optional(
    z.union([text, z.array(text).check(z.minLength(1, 'must name a type'))], 'must be a type or a list of types'),
  ),
  idempotencyKey: z.optional(text),
  sortOrder: z.optional(z.enum(['asc', 'desc'], "must be 'asc' or 'desc'")),
});

export const watch = z.strictObject({
  from: z.optional(
    z.union(
      [z.literal('beginning'), z.record(z.string(), z.unknown())],
      "must be a checkpoint of an earlier watch, or 'beginning'",
    ),
  ),
  assetId: z.optional(existingId),
  walletId: z.optional(existingId),
  types: z.optional(z.array(text).check(z.minLength(1, 'must name a type'))),
  overlap: z.optional(milliseconds.check(z.lte(MAX_OVERLAP, 'must be a day or less'))),
  signal: callSchema.shape.signal,
  deadline: callSchema.shape.deadline,
});

export const reconcile = z.strictObject({
  idempotencyKey: text,
  assetId: z.optional(existingId),
  since: z.optional(date),
});

function differ(wallet: string | undefined, other: string | undefined): boolean {
  return wallet === undefined || wallet !== other;
}

/** Compared where other fields are wrong too, so that all are named together. */
function mustDiffer(field: string, from: string) {
  const when = ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null;
  return { path: [field], error: `must differ from ${from}`, when };
}
