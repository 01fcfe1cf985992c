import type { TokenContract } from './contract.js';
import { requireAsset, requireMetadata } from './contract-state.js';
import type { JsonObject } from './json.js';
import type { WorldState } from './key-values.js';
import { Refusal } from './refusal.js';
import { assetsQuery, balancesQuery, checkQuery, transactionsQuery } from './requests.js';
import type { Call } from './router.js';
import { transactionRecord } from './transaction.js';
import type { TransactionIndex } from './transaction-index.js';

/** The calls that only read the committed state and the index, without a transaction. */
export function readOperations(
  state: WorldState,
  index: TransactionIndex,
  contract: TokenContract,
  { filtersByKey }: { readonly filtersByKey: boolean },
) {
  return {
    getAsset: ({ params: { assetId = '' } }: Call): JsonObject => ({ asset: requireAsset(state, assetId) }),

    listAssets: ({ query }: Call): JsonObject => {
      const { assetType, status, limit, offset } = checkQuery(assetsQuery, query);
      const assets = state
        .attributesUnder('asset')
        .map((assetId) => requireAsset(state, assetId))
        .filter((asset) => assetType === undefined || asset.assetType === assetType)
        .filter((asset) => status === undefined || asset.status === status);
      return { assets: assets.slice(offset, offset + limit), total: assets.length };
    },

    getBalances: ({ params: { walletId = '' }, query }: Call): JsonObject => {
      const { assetId: only } = checkQuery(balancesQuery, query);
      const balances = contract
        .holdings(state, walletId)
        .filter(({ assetId }) => only === undefined || assetId === only)
        .map(({ assetId, balance }) => ({ assetId, assetName: requireAsset(state, assetId).name, balance }));
      return { balances, totalAssets: balances.length };
    },

    getTransaction: ({ params: { transactionId = '' } }: Call): JsonObject => {
      const transaction = index.get(transactionId);
      if (transaction === undefined) throw new Refusal('NOT_FOUND', `There is no transaction ${transactionId}.`);
      return transactionRecord(transaction);
    },

    listTransactions: ({ query }: Call): JsonObject => {
      const checked = checkQuery(transactionsQuery, query);
      const { assetId, walletId, sortOrder: order, limit, offset } = checked;
      const idempotencyKey = filtersByKey ? checked.idempotencyKey : undefined;
      const types = query.has('type') ? new Set(query.getAll('type')) : undefined;
      const { transactions, total } = index.list(
        { assetId, walletId, idempotencyKey, types },
        { order, offset, limit },
      );
      return { transactions: transactions.map(transactionRecord), total };
    },

    getMetadata: ({ params: { metadataId = '' } }: Call): JsonObject => ({
      metadata: requireMetadata(state, metadataId),
    }),
  };
}
