import * as z from 'zod';
import { id, idempotencyKey, isObject, metadata, money, object, page, quantity, text, worth } from './fields.js';
import { checkWallets, EITHER_NAME, withLongNames } from './sale-wallets.js';

/*
 * What each route accepts, and what the published contract says of it. Bodies are strict; query parameters that are not
 * named here are ignored.
 */

const assetType = text.meta({
  description: "'real-estate', 'art', 'commodity', 'equipment' or any other text.",
  examples: ['real-estate'],
});
const ofAsset = { assetId: id.optional().describe('Only of this asset.') };

export const listAssets = read({}, { assetType: assetType.optional(), ...page(100) });
export const asset = read({ assetId: id });
export const walletBalance = read({ walletId: id }, ofAsset);
export const walletTransactions = read({ walletId: id }, { ...ofAsset, ...page(50) });

export const createAsset = write(
  {},
  object({
    asset: object({
      name: text,
      symbol: text,
      description: text,
      assetType,
      totalValue: worth,
      totalSupply: quantity.describe('Whole tokens that may circulate at once.'),
      metadata: metadata.optional(),
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
      pricePerToken: money.optional().describe('US dollars; follows from a new value or supply unless it is given.'),
      status: text.optional(),
      metadata: metadata.optional().describe('Merged into what there is.'),
    })
      .refine((updates) => Object.keys(updates).length > 0, 'must change something')
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
    minterWallet: id.optional().describe('Who mints; by default the recipient.'),
    metadata: metadata.optional(),
  }),
);

export const burn = write(
  {},
  object({
    assetId: id,
    holderWallet: id.describe('Whose tokens are burned.'),
    amount: quantity,
    burnerWallet: id.describe('Who burns them.'),
    reason: text.optional(),
  }),
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
    seller: olderNameOf('sellerWallet'),
    buyerWallet: id.optional(),
    buyer: olderNameOf('buyerWallet'),
    amount: quantity,
    price: money.describe('US dollars for one token.'),
    paymentMethod: text.optional(),
  })
    .superRefine(checkWallets, { when: always })
    .meta(EITHER_NAME)
    .transform(withLongNames),
);

function olderNameOf(field: string) {
  return id.optional().meta({ deprecated: true, description: `Another name for ${field}; both are the same wallet.` });
}

/** Without it a comparison of two fields would wait until all others are right, and not be named with them. */
function always(): boolean {
  return true;
}

function read<Params extends z.ZodRawShape, Query extends z.ZodRawShape>(params: Params, query = {} as Query) {
  return z.object({ params: z.object(params), query: z.object(query) });
}

function write<Params extends z.ZodRawShape, Body extends z.ZodType>(params: Params, body: Body) {
  const headers = z.object({
    'Idempotency-Key': idempotencyKey.optional().describe('Your own name for the write, which takes effect once.'),
  });
  // A body that is missing, or no object, lacks all of its fields: they are named.
  const given = z.preprocess((value) => (isObject(value) ? value : {}), body);
  return z.object({ params: z.object(params), headers, body: given });
}
