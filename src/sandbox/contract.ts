import {
  type Asset,
  type AssetFields,
  putAsset,
  putBalance,
  putMetadata,
  putSupply,
  readBalance,
  readSupply,
  requireAsset,
} from './contract-state.js';
import type { JsonObject } from './json.js';
import { Refusal } from './refusal.js';
import type { ChaincodeFunction, ChaincodeStub } from './simulation.js';

/*
 * The chaincode: what may be done to assets and tokens, and under which rules. Amounts are whole tokens of any size.
 * Each function reads everything before it writes, for a write does not show in a later read of the same simulation.
 */

export interface CreateAssetArgs {
  readonly asset: AssetFields;
}

/** CreateAsset: puts a new asset on the ledger; its id comes from the transaction's. */
export const createAsset: ChaincodeFunction<CreateAssetArgs, { assetId: string; asset: Asset }> = (stub, { asset }) => {
  const assetId = `asset-${nameFrom(stub)}`;
  const created = { ...asset, assetId };
  putAsset(stub, created);
  stub.setEvent('AssetCreated', { assetId });
  return { assetId, asset: created };
};

export interface UpdateAssetArgs {
  readonly assetId: string;
  readonly updates: Partial<AssetFields>;
}

/** UpdateAsset: replaces the fields that are named and merges `metadata` one level deep. Never below what circulates. */
export const updateAsset: ChaincodeFunction<UpdateAssetArgs, { asset: Asset }> = (stub, { assetId, updates }) => {
  const current = requireAsset(stub, assetId);
  if (updates.totalSupply !== undefined) refuseAbove(updates.totalSupply, circulating(stub, assetId), assetId);
  const metadata = updates.metadata ? { ...current.metadata, ...updates.metadata } : current.metadata;
  const asset = { ...current, ...updates, metadata, assetId };
  putAsset(stub, asset);
  stub.setEvent('AssetUpdated', { assetId });
  return { asset };
};

export interface MintTokensArgs {
  readonly assetId: string;
  readonly recipientWallet: string;
  readonly amount: bigint;
}

/** MintTokens: brings new tokens into circulation, at most up to the asset's total supply. */
export const mintTokens: ChaincodeFunction<MintTokensArgs, { newBalance: bigint }> = (
  stub,
  { assetId, recipientWallet, amount },
) => {
  const { totalSupply } = requireAsset(stub, assetId);
  const supply = readSupply(stub, assetId);
  refuseAbove(totalSupply, supply.minted - supply.burned + amount, assetId);
  const newBalance = readBalance(stub, recipientWallet, assetId) + amount;
  putSupply(stub, assetId, { ...supply, minted: supply.minted + amount });
  putBalance(stub, recipientWallet, assetId, newBalance);
  stub.setEvent('TokensMinted', { assetId, recipientWallet, amount });
  return { newBalance };
};

export interface BurnTokensArgs {
  readonly assetId: string;
  readonly holderWallet: string;
  readonly amount: bigint;
}

/** BurnTokens: takes tokens out of circulation for good. */
export const burnTokens: ChaincodeFunction<BurnTokensArgs, { newBalance: bigint }> = (
  stub,
  { assetId, holderWallet, amount },
) => {
  requireAsset(stub, assetId);
  const supply = readSupply(stub, assetId);
  const newBalance = balanceAfter(stub, holderWallet, assetId, amount);
  putSupply(stub, assetId, { ...supply, burned: supply.burned + amount });
  putBalance(stub, holderWallet, assetId, newBalance);
  stub.setEvent('TokensBurned', { assetId, holderWallet, amount });
  return { newBalance };
};

export interface TransferTokensArgs {
  readonly assetId: string;
  readonly fromWallet: string;
  readonly toWallet: string;
  readonly amount: bigint;
}

/** TransferTokens: moves tokens between two different wallets. */
export const transferTokens: ChaincodeFunction<TransferTokensArgs, { fromBalance: bigint; toBalance: bigint }> = (
  stub,
  { assetId, fromWallet, toWallet, amount },
) => {
  if (fromWallet === toWallet) {
    throw new Refusal('INVALID_REQUEST', 'A transfer needs two different wallets.', [
      { field: 'toWallet', message: 'must not be the wallet that the tokens come from' },
    ]);
  }
  requireAsset(stub, assetId);
  const fromBalance = balanceAfter(stub, fromWallet, assetId, amount);
  const toBalance = readBalance(stub, toWallet, assetId) + amount;
  putBalance(stub, fromWallet, assetId, fromBalance);
  putBalance(stub, toWallet, assetId, toBalance);
  stub.setEvent('TokensTransferred', { assetId, fromWallet, toWallet, amount });
  return { fromBalance, toBalance };
};

export interface CreateMetadataArgs {
  readonly assetId: string;
  readonly metadata: JsonObject;
}

/** CreateMetadata: keeps a document about an asset. */
export const createMetadata: ChaincodeFunction<CreateMetadataArgs, { metadataId: string }> = (
  stub,
  { assetId, metadata },
) => {
  const metadataId = `metadata-${nameFrom(stub)}`;
  putMetadata(stub, metadataId, metadata);
  stub.setEvent('MetadataCreated', { assetId, metadataId });
  return { metadataId };
};

/** 128 bits of the transaction id: every endorser finds the same name, and nobody finds it twice. */
function nameFrom(stub: ChaincodeStub): string {
  return stub.txId.slice(0, 32);
}

function circulating(stub: ChaincodeStub, assetId: string): bigint {
  const { minted, burned } = readSupply(stub, assetId);
  return minted - burned;
}

function balanceAfter(stub: ChaincodeStub, walletId: string, assetId: string, outgoing: bigint): bigint {
  const balance = readBalance(stub, walletId, assetId);
  if (balance >= outgoing) return balance - outgoing;
  throw new Refusal(
    'INSUFFICIENT_BALANCE',
    `Wallet ${walletId} holds ${balance} tokens of ${assetId}, fewer than ${outgoing}.`,
    { walletId, assetId, balance, amount: outgoing },
  );
}

function refuseAbove(totalSupply: bigint, circulating: bigint, assetId: string): void {
  if (circulating <= totalSupply) return;
  throw new Refusal(
    'SUPPLY_EXCEEDED',
    `${circulating} tokens of ${assetId} would circulate, more than its total supply of ${totalSupply}.`,
    { assetId, totalSupply, circulating },
  );
}
