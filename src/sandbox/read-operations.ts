import { Refusal as ContractRefusal } from '../contract/index.js';
import { type JsonObject, parseJson, toJson } from './json.js';
import type { Parts } from './parts.js';
import { Refusal } from './refusal.js';
import { assetsQuery, balancesQuery, checkQuery, transactionsQuery } from './requests.js';
import { toRestAsset } from './rest-asset.js';
import type { Call } from './router.js';
import type { IndexEntry } from './transaction-index.js';

/** The assets of one read of the contract. */
const PAGE = 1_000;

/** The calls that only read the committed state and the index, without a transaction. */
export function readOperations(
  { chain, index, holdings }: Parts,
  { filtersByKey }: { readonly filtersByKey: boolean },
) {
  /** @throws Refusal NOT_FOUND, also for an id that nothing can have */
  async function read(functionName: string, kind: string, id: string): Promise<JsonObject> {
    try {
      return parseJson(await chain.query(functionName, [id])) as JsonObject;
    } catch (error) {
      const isAbsent = error instanceof ContractRefusal && ['NOT_FOUND', 'INVALID_REQUEST'].includes(error.code);
      throw isAbsent ? new Refusal('NOT_FOUND', `There is no ${kind} ${id} on the ledger.`) : error;
    }
  }

  /** All assets that meet the filter, in the order in which they were created. */
  async function allAssets(filter: JsonObject): Promise<JsonObject[]> {
    const assets: JsonObject[] = [];
    for (let total = 1; assets.length < total; ) {
      const query = toJson({ ...filter, limit: PAGE, offset: assets.length });
      const page = parseJson(await chain.query('Assets', [query])) as unknown as {
        assets: JsonObject[];
        total: object;
      };
      assets.push(...page.assets);
      total = page.assets.length === 0 ? 0 : Number(page.total);
    }
    const placeOf = ({ assetId }: JsonObject) => holdings.placeOf(String(assetId));
    return assets.sort((a, b) => placeOf(a) - placeOf(b));
  }

  return {
    getAsset: async ({ params: { assetId = '' } }: Call): Promise<JsonObject> => ({
      asset: toRestAsset(await read('Asset', 'asset', assetId)),
    }),

    listAssets: async ({ query }: Call): Promise<JsonObject> => {
      const { assetType, status, limit, offset } = checkQuery(assetsQuery, query);
      const assets = await allAssets({ assetType, status });
      return { assets: assets.slice(offset, offset + limit).map(toRestAsset), total: assets.length };
    },

    getBalances: async ({ params: { walletId = '' }, query }: Call): Promise<JsonObject> => {
      const { assetId: only } = checkQuery(balancesQuery, query);
      const held = holdings.balancesOf(walletId).filter(([assetId]) => only === undefined || assetId === only);
      const balances: JsonObject[] = [];
      for (const [assetId, balance] of held) {
        const { name } = await read('Asset', 'asset', assetId);
        balances.push({ assetId, assetName: name, balance });
      }
      return { balances, totalAssets: balances.length };
    },

    getTransaction: async ({ params: { transactionId = '' } }: Call): Promise<JsonObject> => {
      const entry = index.get(transactionId);
      if (entry === undefined) throw new Refusal('NOT_FOUND', `There is no transaction ${transactionId}.`);
      return toRestRecord(entry);
    },

    listTransactions: async ({ query }: Call): Promise<JsonObject> => {
      const { idempotencyKey: key, ...checked } = checkQuery(transactionsQuery, query);
      const types = query.has('type') ? new Set(query.getAll('type')) : undefined;
      const { entries, total } = index.list({ ...checked, types, idempotencyKey: filtersByKey ? key : undefined });
      return { transactions: entries.map(toRestRecord), total };
    },

    getMetadata: async ({ params: { metadataId = '' } }: Call): Promise<JsonObject> => {
      const { metadata } = await read('Document', 'metadata', metadataId);
      return { metadata };
    },
  };
}

/** The record as the REST API returns it. */
function toRestRecord({ transaction: { timestamp, validationCode }, ...record }: IndexEntry): JsonObject {
  const fields = { ...record, timestamp: new Date(timestamp).toISOString() };
  if (validationCode === undefined) return { ...fields, status: 'PENDING' };
  if (validationCode === 'VALID') return { ...fields, status: 'COMMITTED' };
  return { ...fields, status: 'FAILED', error: validationCode };
}
