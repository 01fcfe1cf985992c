import { ASSET_TYPES } from 'spydra-sdk';
import * as z from 'zod';
import { knownValues } from '../openapi/known-values.js';
import {
  existingId,
  id,
  idempotencyKey,
  isObject,
  metadata,
  money,
  nullable,
  object,
  optionalText,
  page,
  parameter,
  quantity,
  text,
  worth,
} from './fields.js';
import { checkWallets, EITHER_NAME, withLongNames } from './sale-wallets.js';

/*
 * The request schema of each route, also for the published contract. Bodies are strict; unknown query parameters are
 * ignored.
 */

const assetType = text.meta({
  description: knownValues(ASSET_TYPES),
  examples: ['real-estate'],
});
const ofAsset = { assetId: parameter(existingId).describe('Only of this asset.') };

export const listAssets = read({}, { assetType: parameter(assetType), ...page(100) });
export const asset = read({ assetId: existingId });
export const walletBalance = read({ walletId: existingId }, ofAsset);
export const walletTransactions = read({ walletId: existingId }, { ...ofAsset, ...page(50) });

export const createAsset = write(
  {},
  object({
    asset: object({
      name: text,
      symbol: text,
      description: text,
      assetType,
      totalValue: worth,
      totalSupply: quantity.describe('Whole tokens that may be in circulation at once.'),
      metadata: nullable(metadata),
    }),
    creatorWallet: id.describe('Who creates it.'),
  }),
);

export const updateAsset = write(
  { assetId: id },
  object({
    updates: object({
      name: text.optional(),
      symbol: text.optional(),
      description: text.optional(),
      assetType: assetType.optional(),
      totalValue: money.optional(),
      totalSupply: quantity.optional(),
      pricePerToken: money.optional().describe('US dollars; computed from a new value or supply unless it is given.'),
      status: text.optional(),
      metadata: nullable(metadata).describe('Merged into the existing metadata.'),
    })
      .refine((updates) => Object.values(updates).some((value) => value !== undefined), 'must change something')
      .meta({ minProperties: 1 }),
    updaterWallet: id.describe('Who updates it.'),
  }),
);

export const publishAsset = write({ assetId: id }, object({ publisherWallet: id.describe('Who publishes it.') }));

export const addMetadata = write({ assetId: id }, object({ metadata }));

export const mint = write(
  {},
  object({
    assetId: id,
    recipientWallet: id,
    amount: quantity,
    minterWallet: id.optional().describe('The wallet that mints; by default the recipient.'),
    metadata: nullable(metadata),
  }),
);

export const burn = write(
  {},
  object({
    assetId: id,
    holderWallet: id.describe('Whose tokens are burned.'),
    amount: quantity,
    burnerWallet: id.describe('Who burns them.'),
    reason: optionalText,
  }),
);

export const transfer = write(
  {},
  object({ assetId: id, fromWallet: id, toWallet: id, amount: quantity, metadata: nullable(metadata) }).refine(
    ({ fromWallet, toWallet }) => fromWallet === undefined || fromWallet !== toWallet,
    { path: ['toWallet'], error: 'must differ from fromWallet', when: always },
  ),
);

export const purchase = write(
  {},
  object({
    assetId: id,
    sellerWallet: id.optional(),
    seller: olderNameOf('sellerWallet'),
    buyerWallet: id.optional(),
    buyer: olderNameOf('buyerWallet'),
    amount: quantity,
    price: money.describe('US dollars for one token.'),
    paymentMethod: optionalText,
  })
    .superRefine(checkWallets, { when: always })
    .meta(EITHER_NAME)
    .transform(withLongNames),
);

function olderNameOf(field: string) {
  return id.optional().meta({ deprecated: true, description: `Another name for ${field}; both are the same wallet.` });
}

/** Runs a refinement even if other fields are invalid, so that all problems are reported together. */
function always(): boolean {
  return true;
}

function read<Params extends z.ZodRawShape, Query extends z.ZodRawShape>(params: Params, query = {} as Query) {
  return z.object({ params: z.object(params), query: z.object(query) });
}

function write<Params extends z.ZodRawShape, Body extends z.ZodType>(params: Params, body: Body) {
  const headers = z.object({
    'Idempotency-Key': idempotencyKey
      .optional()
      .describe('A key of your own for the write: repeated under it, the write takes effect once.'),
  });
  // A body that is missing or not an object is validated as `{}`, so that the missing fields are named.
  const given = z.preprocess((value) => (isObject(value) ? value : {}), body);
  return z.object({ params: z.object(params), headers, body: given });
}
