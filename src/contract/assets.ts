import { money, pricePerToken, quantity } from './amounts.js';
import { filled, id, jsonObject, object, openObject, optional, text } from './fields.js';
import type { JsonObject } from './json.js';
import { assetKey, documentKey, recordKey } from './keys.js';
import { Refusal, refuseFields } from './refusal.js';
import { putSupply, requireSupply } from './supply.js';
import type { Transaction } from './transaction.js';
import { writeFunction } from './write-function.js';

/** The start of an asset's id; the rest is the id of the record of its creation. */
const ID_START = 'asset-';

/** What the contract sets. */
const RESERVED = ['docType', 'assetId', 'createdAt', 'updatedAt', 'publishedAt'];

const newAsset = openObject(
  {
    name: filled,
    symbol: filled,
    description: text,
    assetType: filled,
    totalValue: money,
    totalSupply: quantity,
    pricePerToken: optional(money),
    status: optional(filled),
    metadata: optional(jsonObject),
  },
  RESERVED,
);

const changes = openObject(
  {
    name: optional(filled),
    symbol: optional(filled),
    description: optional(text),
    assetType: optional(filled),
    totalValue: optional(money),
    totalSupply: optional(quantity),
    pricePerToken: optional(money),
    status: optional(filled),
    metadata: optional(jsonObject),
  },
  RESERVED,
);

/** Puts a new asset on the ledger. Its id is made of the transaction's, so no other asset can have it. */
export const createAsset = writeFunction(
  object({ creatorWallet: id, asset: newAsset }),
  (access) => access.require('create'),
  async (tx, { creatorWallet: actor, asset: fields }) => {
    const assetId = ID_START + tx.id;
    const { totalValue, totalSupply, metadata, status = 'draft' } = fields;
    const price = fields.pricePerToken ?? priceOf('asset.totalValue', totalValue, totalSupply);
    const times = { createdAt: tx.timestamp, ...publishedAt(status, tx) };
    const asset = { ...fields, ...times, assetId, status, pricePerToken: price };
    tx.state.put(assetKey(assetId), asset);
    putSupply(tx, assetId, { minted: 0n, burned: 0n, totalSupply: BigInt(totalSupply) });
    const record = { type: 'create', assetId, actor, metadata };
    return { event: 'AssetCreated', record, result: { assetId, asset } };
  },
);

/**
 * Replaces the fields that are named, and merges `metadata` one level deep. A new value or supply gives a new price,
 * unless the order has one. Only a new total supply touches the supply, so other edits conflict with no mint.
 */
export const updateAsset = writeFunction(
  object({ assetId: id, updaterWallet: id, updates: changes }),
  (access) => access.require('create'),
  async (tx, { assetId, updaterWallet: actor, updates }) => {
    const current = await requireAsset(tx, assetId);
    const { totalSupply, status, metadata } = updates;
    if (totalSupply !== undefined) {
      putSupply(tx, assetId, { ...(await requireSupply(tx, assetId)), totalSupply: BigInt(totalSupply) });
    }
    const merged = metadata === undefined ? {} : { metadata: { ...(current.metadata as JsonObject), ...metadata } };
    const times = { updatedAt: tx.timestamp, ...publishedAt(status, tx) };
    const asset = { ...current, ...updates, ...merged, ...times, ...newPrice(current, updates), docType: undefined };
    tx.state.put(assetKey(assetId), asset);
    const [type, event] = status === 'published' ? ['publish', 'AssetPublished'] : ['update', 'AssetUpdated'];
    return { event, record: { type, assetId, actor, metadata }, result: { assetId, asset } };
  },
);

/** Keeps a document about an asset. */
export const createMetadata = writeFunction(
  object({ assetId: id, metadata: jsonObject }),
  (access) => access.require('create'),
  async (tx, { assetId, metadata }) => {
    await requireCreation(tx, assetId);
    const metadataId = `metadata-${tx.id}`;
    tx.state.put(documentKey(metadataId), { metadataId, assetId, metadata, createdAt: tx.timestamp });
    const record = { type: 'metadata', assetId, metadata };
    return { event: 'MetadataCreated', record, result: { assetId, metadataId } };
  },
);

async function requireAsset({ state }: Transaction, assetId: string): Promise<JsonObject> {
  return (await state.get(assetKey(assetId))) ?? refuseUnknown(assetId);
}

/** Reads the record of the asset's creation, which never changes, so that documents conflict with no edit. */
async function requireCreation({ state }: Transaction, assetId: string): Promise<void> {
  const transactionId = assetId.startsWith(ID_START) ? assetId.slice(ID_START.length) : '';
  const record = transactionId === '' ? undefined : await state.get(recordKey(transactionId));
  if (record?.type !== 'create') refuseUnknown(assetId);
}

function refuseUnknown(assetId: string): never {
  throw new Refusal('NOT_FOUND', `There is no asset ${assetId} on the ledger.`);
}

function publishedAt(status: string | undefined, { timestamp }: Transaction): JsonObject {
  return status === 'published' ? { publishedAt: timestamp } : {};
}

function newPrice(
  current: JsonObject,
  updates: Readonly<Partial<Record<'totalValue' | 'totalSupply' | 'pricePerToken', string | undefined>>>,
) {
  const { totalValue, totalSupply } = updates;
  if (updates.pricePerToken !== undefined || (totalValue === undefined && totalSupply === undefined)) return {};
  const field = totalValue === undefined ? 'updates.totalSupply' : 'updates.totalValue';
  const value = totalValue ?? String(current.totalValue);
  return { pricePerToken: priceOf(field, value, totalSupply ?? String(current.totalSupply)) };
}

function priceOf(field: string, totalValue: string, totalSupply: string): string {
  const price = pricePerToken(totalValue, totalSupply);
  if (price !== undefined) return price;
  return refuseFields([{ field, message: 'must make a pricePerToken of 1000 characters or fewer' }]);
}
