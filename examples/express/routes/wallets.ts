import * as z from 'zod';
import { existingId, page, parameter } from '../requests/fields.js';
import { transactionRecord } from '../responses/records.js';
import { assetId, count, data, tokens, transaction, wallet } from '../responses/schemas.js';
import { read } from './route.js';

const ofAsset = { assetId: parameter(existingId).describe('Only of this asset.') };
const ofAlice = () => ({ params: { walletId: 'wallet-alice' } });

const balance = z.object({ assetId, assetName: z.string(), balance: tokens }).meta({ id: 'Balance' });
const balances = z.object({ walletId: wallet, balances: z.array(balance), totalAssets: count });

export const walletRoutes = {
  'GET /wallets/:walletId/balance': read({
    operationId: 'getBalance',
    summary: 'Balances of a wallet',
    params: { walletId: existingId },
    query: ofAsset,
    answer: [200, data(balances)],
    example: ofAlice,
    handle: async (spydra, { params, query }, options) => {
      const { walletId, balances, totalAssets } = await spydra.wallets.balance(params.walletId, query, options);
      const named = balances.map(({ assetId, assetName = '', balance }) => ({ assetId, assetName, balance }));
      return { data: { walletId, balances: named, totalAssets } };
    },
  }),

  'GET /wallets/:walletId/transactions': read({
    operationId: 'listTransactions',
    summary: "A wallet's transactions, newest first, in pages",
    params: { walletId: existingId },
    query: { ...ofAsset, ...page(50) },
    answer: [200, data(z.array(transaction), { count, total: count })],
    example: ofAlice,
    handle: async (spydra, { params, query }, options) => {
      const { items, total } = await spydra.wallets.transactions(params.walletId, query, options);
      return { data: items.map(transactionRecord), count: items.length, total };
    },
  }),
};
