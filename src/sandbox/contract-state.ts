import { compositeKey } from './composite-key.js';
import { type JsonObject, parseJson, toJson } from './json.js';
import type { StateReader } from './key-values.js';
import type { Money } from './numbers.js';
import { Refusal } from './refusal.js';
import type { ChaincodeStub } from './synchronous-simulation.js';

/** An asset as a client gives it. Unknown fields are kept unchanged. */
export interface AssetFields extends JsonObject {
  readonly name: string;
  readonly symbol: string;
  readonly description: string;
  readonly assetType: string;
  /** US dollars. */
  readonly totalValue: Money;
  /** The most tokens that may circulate, in whole tokens. */
  readonly totalSupply: bigint;
  /** US dollars. */
  readonly pricePerToken: Money;
  /** 'draft', 'published', or any other string. */
  readonly status: string;
  readonly metadata?: JsonObject | undefined;
}

export interface Asset extends AssetFields {
  readonly assetId: string;
}

/** @throws Refusal NOT_FOUND */
export function requireAsset(state: StateReader, assetId: string): Asset {
  const text = state.getState(compositeKey('asset', assetId));
  if (text === undefined) throw new Refusal('NOT_FOUND', `There is no asset ${assetId} on the ledger.`);
  const stored = parseJson(text) as Asset;
  return { ...stored, totalSupply: BigInt(String(stored.totalSupply)) };
}

export function putAsset(stub: ChaincodeStub, asset: Asset): void {
  stub.putState(compositeKey('asset', asset.assetId), toJson(asset));
}

/** @throws Refusal NOT_FOUND */
export function requireMetadata(state: StateReader, metadataId: string): JsonObject {
  const text = state.getState(compositeKey('metadata', metadataId));
  if (text === undefined) throw new Refusal('NOT_FOUND', `There is no metadata ${metadataId} on the ledger.`);
  return parseJson(text) as JsonObject;
}

export function putMetadata(stub: ChaincodeStub, metadataId: string, metadata: JsonObject): void {
  stub.putState(compositeKey('metadata', metadataId), toJson(metadata));
}
