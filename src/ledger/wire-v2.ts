import * as z from 'zod';
import type {
  Asset,
  AssetReceipt,
  Balance,
  BalanceReceipt,
  Slice,
  TransactionRecord,
  TransferReceipt,
} from './ledger.js';
import { asset, balance, metadata, quantity, text, transaction } from './records.js';

/*
 * What answers of Spydra REST v2 must hold. Validated for what the SDK relies on; whatever else stands in them is kept.
 */

export const gotAsset: z.ZodType<Asset> = z.looseObject({ asset }).transform((body) => body.asset);

export const gotTransaction: z.ZodType<TransactionRecord> = transaction;

/** A server's yes to a write is its word that it took it, not that the ledger committed it. */
const taken = <T extends z.ZodRawShape>(shape: T) =>
  z.looseObject({ transactionId: text, ...shape }).transform((body) => ({ ...body, status: 'pending' as const }));

export const createdAsset: z.ZodType<AssetReceipt> = taken({ assetId: text, asset });

export const updatedAsset: z.ZodType<AssetReceipt> = taken({ asset }).transform((receipt) => ({
  ...receipt,
  assetId: receipt.asset.assetId,
}));

export const changedBalance: z.ZodType<BalanceReceipt> = taken({ newBalance: quantity });

export const transferred: z.ZodType<TransferReceipt> = taken({ fromBalance: quantity, toBalance: quantity });

export const balances: z.ZodType<readonly Balance[]> = z
  .looseObject({ balances: z.array(balance) })
  .transform((body) => body.balances);

// Relied on: without it a list that is cut short would pass for a whole one.
const total = z.number().int().nonnegative();

export const assets: z.ZodType<Slice<Asset>> = z
  .looseObject({ assets: z.array(asset), total })
  .transform((body) => ({ items: body.assets, total: body.total }));

export const transactions: z.ZodType<Slice<TransactionRecord>> = z
  .looseObject({ transactions: z.array(transaction), total })
  .transform((body) => ({ items: body.transactions, total: body.total }));

export const addedMetadata: z.ZodType<{ readonly metadataId: string }> = z.looseObject({ metadataId: text });

export const gotMetadata: z.ZodType<Record<string, unknown>> = z.looseObject({ metadata }).transform((b) => b.metadata);
