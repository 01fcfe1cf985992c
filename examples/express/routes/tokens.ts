import { jsonNumber } from 'spydra-sdk';
import * as z from 'zod';
import { existingId, id, metadata, money, nullable, object, optionalText, quantity } from '../requests/fields.js';
import { checkWallets, EITHER_NAME, withLongNames } from '../requests/sale-wallets.js';
import { assetId, count, data, dollars, example, tokens, transactionId, wallet } from '../responses/schemas.js';
import { ensureAsset } from './ensure-asset.js';
import { pick, read, type SampleAssets, write } from './route.js';

const ofPublished = ({ publishedId }: SampleAssets) => ({ params: { assetId: publishedId } });

const holder = z.looseObject({ wallet, balance: tokens }).meta({ id: 'Holder' });
const supply = z.looseObject({ assetId, totalMinted: tokens, totalBurned: tokens, circulatingSupply: tokens });
const minted = z.object({ transactionId, assetId, recipientWallet: wallet, amount: tokens, newBalance: tokens });
const burned = z.object({ transactionId, assetId, holderWallet: wallet, amount: tokens, newBalance: tokens });
const transferred = z.object({
  transactionId,
  assetId,
  fromWallet: example(wallet, 'wallet-treasury'),
  toWallet: wallet,
  amount: tokens,
  fromBalance: tokens,
  toBalance: tokens,
});
const sold = transferred.extend({ purchasePrice: dollars, totalValue: example(dollars, 63_000) });

export const tokenRoutes = {
  'POST /tokens/mint': write({
    operationId: 'mintTokens',
    summary: 'Mint tokens into a wallet',
    description: "SUPPLY_EXCEEDED if more tokens would be in circulation than the asset's total supply.",
    role: 'admin',
    body: object({
      assetId: id,
      recipientWallet: id,
      amount: quantity,
      minterWallet: id.optional().describe('The wallet that mints; by default the recipient.'),
      metadata: nullable(metadata),
    }),
    answer: [201, data(minted)],
    example: ({ assetId }) => ({ body: { assetId, recipientWallet: 'wallet-treasury', amount: 100 } }),
    handle: async (spydra, { body }, options) => ({ data: pick(minted, await spydra.tokens.mint(body, options)) }),
  }),

  'POST /tokens/burn': write({
    operationId: 'burnTokens',
    summary: "Burn a wallet's tokens",
    role: 'admin',
    body: object({
      assetId: id,
      holderWallet: id.describe('Whose tokens are burned.'),
      amount: quantity,
      burnerWallet: id.describe('Who burns them.'),
      reason: optionalText,
    }),
    answer: [200, data(burned)],
    example: ({ publishedId: assetId }) => ({
      body: { assetId, holderWallet: 'wallet-treasury', burnerWallet: 'wallet-treasury', amount: 10 },
    }),
    handle: async (spydra, { body }, options) => ({ data: pick(burned, await spydra.tokens.burn(body, options)) }),
  }),

  'POST /tokens/transfer': write({
    operationId: 'transferTokens',
    summary: 'Move tokens between wallets',
    role: 'admin',
    body: object({
      assetId: id,
      fromWallet: id,
      toWallet: id,
      amount: quantity,
      metadata: nullable(metadata),
    }).refine(({ fromWallet, toWallet }) => fromWallet === undefined || fromWallet !== toWallet, {
      path: ['toWallet'],
      error: 'must differ from fromWallet',
      when: always,
    }),
    answer: [200, data(transferred)],
    example: ({ publishedId: assetId }) => ({
      body: { assetId, fromWallet: 'wallet-treasury', toWallet: 'wallet-bob', amount: 5 },
    }),
    handle: async (spydra, { body }, options) => ({
      data: pick(transferred, await spydra.tokens.transfer(body, options)),
    }),
  }),

  'POST /tokens/purchase': write({
    operationId: 'purchaseTokens',
    summary: 'Sell tokens from one wallet to another',
    description:
      'Transfers the tokens and records the price; it moves no money. The value is price times amount. An investor may buy tokens of a published asset from its creator or another seller, at its pricePerToken.',
    role: 'investor',
    body: object({
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
    answer: [200, data(sold)],
    example: ({ publishedId: assetId }) => ({
      body: {
        assetId,
        sellerWallet: 'wallet-treasury',
        buyerWallet: 'wallet-alice',
        amount: 4,
        price: 50,
        paymentMethod: 'bank-transfer',
      },
    }),
    handle: async (spydra, { body }, options) => {
      const sale = await spydra.tokens.purchase(body, options);
      const purchasePrice = jsonNumber(sale.purchasePrice);
      const totalValue = jsonNumber(sale.totalValue);
      return { data: pick(sold, { ...sale, purchasePrice, totalValue }) };
    },
  }),

  'GET /tokens/:assetId/holders': read({
    operationId: 'listHolders',
    summary: 'Holders of an asset, largest first',
    params: { assetId: existingId },
    answer: [200, data(z.array(holder), { count })],
    example: ofPublished,
    handle: async (spydra, { params }, options) => {
      const holders = await spydra.tokens.holders(params.assetId, options);
      if (holders.length === 0) await ensureAsset(spydra, params.assetId, options);
      return { data: holders, count: holders.length };
    },
  }),

  'GET /tokens/:assetId/supply': read({
    operationId: 'getSupply',
    summary: 'Minted, burned and circulating tokens',
    params: { assetId: existingId },
    answer: [200, data(supply)],
    example: ofPublished,
    handle: async (spydra, { params }, options) => {
      const supply = await spydra.tokens.supply(params.assetId, options);
      if (supply.totalMinted === 0n) await ensureAsset(spydra, params.assetId, options);
      return { data: supply };
    },
  }),
};

function olderNameOf(field: string) {
  return id.optional().meta({ deprecated: true, description: `Another name for ${field}; both are the same wallet.` });
}

/** Runs a refinement even if other fields are invalid, so that all problems are reported together. */
function always(): boolean {
  return true;
}
