import { type Asset, type AssetFields, putAsset, putMetadata, requireAsset } from './contract-state.js';
import type { JsonObject } from './json.js';
import type { StateReader, WorldState } from './key-values.js';
import { Refusal } from './refusal.js';
import type { ChaincodeStub } from './synchronous-simulation.js';
import type { TokenStorage } from './token-storage.js';

export interface CreateAssetArgs {
  readonly asset: AssetFields;
}

export interface UpdateAssetArgs {
  readonly assetId: string;
  readonly updates: Partial<AssetFields>;
}

export interface MintTokensArgs {
  readonly assetId: string;
  readonly recipientWallet: string;
  readonly amount: bigint;
}

export interface BurnTokensArgs {
  readonly assetId: string;
  readonly holderWallet: string;
  readonly amount: bigint;
}

export interface TransferTokensArgs {
  readonly assetId: string;
  readonly fromWallet: string;
  readonly toWallet: string;
  readonly amount: bigint;
}

export interface CreateMetadataArgs {
  readonly assetId: string;
  readonly metadata: JsonObject;
}

export type TokenContract = ReturnType<typeof tokenContract>;

/**
 * The chaincode: the operations on assets and tokens, and their rules. Amounts are whole tokens of any size.
 *
 * Pending transactions never help a caller: a wallet spends from the least balance that it may have, and the total supply
 * limits the most that may circulate. A balance in a response is the least one, after the write.
 */
export function tokenContract(tokens: TokenStorage) {
  /** What the wallet can spend for certain. */
  function spendable(state: StateReader, walletId: string, assetId: string): bigint {
    return tokens.balance(state, walletId, assetId).least;
  }

  function balanceAfter(stub: ChaincodeStub, walletId: string, assetId: string, outgoing: bigint): bigint {
    const balance = spendable(stub, walletId, assetId);
    if (balance >= outgoing) return balance - outgoing;
    throw new Refusal(
      'INSUFFICIENT_BALANCE',
      `Wallet ${walletId} has ${balance} tokens of ${assetId} to spend, fewer than ${outgoing}.`,
      { walletId, assetId, balance, amount: outgoing },
    );
  }

  function refuseAbove(totalSupply: bigint, stub: ChaincodeStub, assetId: string, minting = 0n): void {
    const circulating = tokens.circulating(stub, assetId).most + minting;
    if (circulating <= totalSupply) return;
    throw new Refusal(
      'SUPPLY_EXCEEDED',
      `${circulating} tokens of ${assetId} would circulate, more than its total supply of ${totalSupply}.`,
      { assetId, totalSupply, circulating },
    );
  }

  return {
    /** CreateAsset: writes a new asset, whose id is derived from the transaction's. */
    createAsset: (stub: ChaincodeStub, { asset }: CreateAssetArgs): { assetId: string; asset: Asset } => {
      const assetId = `asset-${nameFrom(stub)}`;
      const created = { ...asset, assetId };
      putAsset(stub, created);
      stub.setEvent('AssetCreated', { assetId });
      return { assetId, asset: created };
    },

    /**
     * UpdateAsset: replaces the given fields and merges `metadata` one level deep. The total supply never falls
     * below the circulating tokens.
     */
    updateAsset: (stub: ChaincodeStub, { assetId, updates }: UpdateAssetArgs): { asset: Asset } => {
      const current = requireAsset(stub, assetId);
      if (updates.totalSupply !== undefined) refuseAbove(updates.totalSupply, stub, assetId);
      const metadata = updates.metadata ? { ...current.metadata, ...updates.metadata } : current.metadata;
      const asset = { ...current, ...updates, metadata, assetId };
      putAsset(stub, asset);
      stub.setEvent('AssetUpdated', { assetId });
      return { asset };
    },

    /** MintTokens: brings new tokens into circulation, at most up to the asset's total supply. */
    mintTokens: (stub: ChaincodeStub, { assetId, recipientWallet, amount }: MintTokensArgs): { newBalance: bigint } => {
      const { totalSupply } = requireAsset(stub, assetId);
      refuseAbove(totalSupply, stub, assetId, amount);
      const newBalance = spendable(stub, recipientWallet, assetId) + amount;
      tokens.changeCirculating(stub, assetId, amount);
      tokens.changeBalance(stub, recipientWallet, assetId, amount);
      stub.setEvent('TokensMinted', { assetId, recipientWallet, amount });
      return { newBalance };
    },

    /** BurnTokens: takes tokens out of circulation for good. */
    burnTokens: (stub: ChaincodeStub, { assetId, holderWallet, amount }: BurnTokensArgs): { newBalance: bigint } => {
      requireAsset(stub, assetId);
      const newBalance = balanceAfter(stub, holderWallet, assetId, amount);
      tokens.changeCirculating(stub, assetId, -amount);
      tokens.changeBalance(stub, holderWallet, assetId, -amount);
      stub.setEvent('TokensBurned', { assetId, holderWallet, amount });
      return { newBalance };
    },

    /** TransferTokens: moves tokens between two different wallets. */
    transferTokens: (
      stub: ChaincodeStub,
      { assetId, fromWallet, toWallet, amount }: TransferTokensArgs,
    ): { fromBalance: bigint; toBalance: bigint } => {
      if (fromWallet === toWallet) {
        throw new Refusal('INVALID_REQUEST', 'A transfer needs two different wallets.', [
          { field: 'toWallet', message: 'must not be the wallet that the tokens come from' },
        ]);
      }
      requireAsset(stub, assetId);
      const fromBalance = balanceAfter(stub, fromWallet, assetId, amount);
      const toBalance = spendable(stub, toWallet, assetId) + amount;
      tokens.changeBalance(stub, fromWallet, assetId, -amount);
      tokens.changeBalance(stub, toWallet, assetId, amount);
      stub.setEvent('TokensTransferred', { assetId, fromWallet, toWallet, amount });
      return { fromBalance, toBalance };
    },

    /** CreateMetadata: keeps a document about an asset. */
    createMetadata: (stub: ChaincodeStub, { assetId, metadata }: CreateMetadataArgs): { metadataId: string } => {
      const metadataId = `metadata-${nameFrom(stub)}`;
      putMetadata(stub, metadataId, metadata);
      stub.setEvent('MetadataCreated', { assetId, metadataId });
      return { metadataId };
    },

    /** The committed balance of the wallet, read without a transaction. */
    holdings: (state: WorldState, walletId: string) =>
      tokens
        .assetsOf(state, walletId)
        .map((assetId) => ({ assetId, balance: spendable(state, walletId, assetId) }))
        .filter(({ balance }) => balance > 0n),
  };
}

/** 128 bits of the transaction id: the same for every endorser, and unique. */
function nameFrom(stub: ChaincodeStub): string {
  return stub.txId.slice(0, 32);
}
