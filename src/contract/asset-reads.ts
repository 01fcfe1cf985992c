import { id, object, optional, read, text, whole } from './fields.js';
import { compareText, count, type Json, type JsonObject } from './json.js';
import { assetKey, documentKey, type Key } from './keys.js';
import type { Reader } from './reader.js';
import { Refusal } from './refusal.js';

/** Which part of a list. */
export const page = { limit: whole(1, 1_000, 100), offset: whole(0, Number.MAX_SAFE_INTEGER, 0) };

const assetsQuery = object({ assetType: optional(text), status: optional(text), ...page });

export async function readAsset(reader: Reader, assetId: Json | undefined): Promise<JsonObject> {
  return requireRow(reader, assetKey(read(id, assetId, 'assetId')), `asset ${assetId}`);
}

export async function readDocument(reader: Reader, metadataId: Json | undefined): Promise<JsonObject> {
  return requireRow(reader, documentKey(read(id, metadataId, 'metadataId')), `document ${metadataId}`);
}

/** In the order in which they were created. */
export async function listAssets(reader: Reader, query: Json): Promise<JsonObject> {
  const { assetType, status, limit, offset } = read(assetsQuery, query, 'query');
  const assets = (await reader.all(['asset']))
    .filter((asset) => assetType === undefined || asset.assetType === assetType)
    .filter((asset) => status === undefined || asset.status === status)
    .sort((a, b) => compareText(String(a.createdAt), String(b.createdAt)));
  return { assets: assets.slice(offset, offset + limit), total: count(assets.length) };
}

/** @throws Refusal NOT_FOUND */
export async function requireRow(reader: Reader, key: Key, name: string): Promise<JsonObject> {
  const row = await reader.get(key);
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no ${name} on the ledger.`);
  return row;
}
