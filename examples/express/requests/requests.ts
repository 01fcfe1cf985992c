import * as z from 'zod';
import { id, idempotencyKey, isObject, metadata, money, object, page, quantity, text, worth } from './fields.js';
import { checkWallets, withLongNames } from './sale-wallets.js';

/*
 * What each route accepts. Bodies are strict; query parameters that are not named here are ignored.
 */

export const listAssets = read({}, { assetType: text.optional(), ...page(100) });
export const asset = read({ assetId: id });
export const walletBalance = read({ walletId: id }, { assetId: id.optional() });
export const walletTransactions = read({ walletId: id }, { assetId: id.optional(), ...page(50) });

export const createAsset = write(
  {},
  object({
    asset: object({
      name: text,
      symbol: text,
      description: text,
      assetType: text,
      totalValue: worth,
      totalSupply: quantity,
      metadata: metadata.optional(),
    }),
    creatorWallet: id,
  }),
);

export const updateAsset = write(
  { assetId: id },
  object({
    updates: object({
      name: text.optional(),
      symbol: text.optional(),
      description: text.optional(),
      assetType: text.optional(),
      totalValue: money.optional(),
      totalSupply: quantity.optional(),
      pricePerToken: money.optional(),
      status: text.optional(),
      metadata: metadata.optional(),
    }).refine((updates) => Object.keys(updates).length > 0, 'must change something'),
    updaterWallet: id,
  }),
);

export const publishAsset = write({ assetId: id }, object({ publisherWallet: id }));

export const addMetadata = write({ assetId: id }, object({ metadata }));

export const mint = write(
  {},
  object({
    assetId: id,
    recipientWallet: id,
    amount: quantity,
    minterWallet: id.optional(),
    metadata: metadata.optional(),
  }),
);

export const burn = write(
  {},
  object({ assetId: id, holderWallet: id, amount: quantity, burnerWallet: id, reason: text.optional() }),
);

export const transfer = write(
  {},
  object({ assetId: id, fromWallet: id, toWallet: id, amount: quantity, metadata: metadata.optional() }).refine(
    ({ fromWallet, toWallet }) => fromWallet === undefined || fromWallet !== toWallet,
    { path: ['toWallet'], error: 'must differ from fromWallet', when: always },
  ),
);

export const purchase = write(
  {},
  object({
    assetId: id,
    sellerWallet: id.optional(),
    seller: id.optional(),
    buyerWallet: id.optional(),
    buyer: id.optional(),
    amount: quantity,
    price: money,
    paymentMethod: text.optional(),
  })
    .superRefine(checkWallets, { when: always })
    .transform(withLongNames),
);

/** Without it a comparison of two fields would wait until all others are right, and not be named with them. */
function always(): boolean {
  return true;
}

function read<Params extends z.ZodRawShape, Query extends z.ZodRawShape>(params: Params, query = {} as Query) {
  return z.object({ params: z.object(params), query: z.object(query) });
}

function write<Params extends z.ZodRawShape, Body extends z.ZodType>(params: Params, body: Body) {
  const headers = z.object({ 'Idempotency-Key': idempotencyKey.optional() });
  // A body that is missing, or no object, lacks all of its fields: they are named.
  const given = z.preprocess((value) => (isObject(value) ? value : {}), body);
  return z.object({ params: z.object(params), headers, body: given });
}
