import * as z from 'zod';
import type { IfSame } from '../core/same-fields.js';
import type { Asset, Balance, DocumentReceipt, Slice, TransactionRecord } from '../ledger/ledger.js';
import type { AssetReceipt, BalanceReceipt, Receipt, TransferReceipt } from '../ledger/operations.js';
import { asset, balance, metadata, quantity, recordOf, text, transaction } from '../ledger/records.js';
import { listIn } from './list-schema.js';

/*
 * Schemas of the responses of Spydra REST v2: validated for what the SDK relies on, other fields are kept.
 */

export const gotAsset: z.ZodType<Asset> = z.looseObject({ asset }).transform((body) => body.asset);

export const gotTransaction: z.ZodType<TransactionRecord> = transaction;

/** A 2xx response to a write means that the server accepted it, not that the ledger committed it. */
const accepted =
  <Of extends Receipt>() =>
  <Shape extends z.ZodRawShape>(
    shape: Shape & IfSame<z.output<z.ZodObject<Shape>>, Omit<Of, keyof Receipt>>,
  ): z.ZodType<Of> =>
    z
      .looseObject({ transactionId: text, ...shape })
      .transform((body) => ({ ...body, status: 'pending' as const })) as z.ZodType<unknown> as z.ZodType<Of>;

export const createdAsset = accepted<AssetReceipt>()({ assetId: text, asset });

export const updatedAsset: z.ZodType<AssetReceipt> = accepted<Omit<AssetReceipt, 'assetId'>>()({ asset }).transform(
  (receipt) => ({ ...receipt, assetId: receipt.asset.assetId }),
);

export const changedBalance = accepted<BalanceReceipt>()({ newBalance: quantity });

export const transferred = accepted<TransferReceipt>()({ fromBalance: quantity, toBalance: quantity });

export const balances: z.ZodType<readonly Balance[]> = listIn(
  'balances',
  'totalAssets',
  z.looseObject({ balances: z.array(balance) }).transform((body) => body.balances),
);

// Required: without it a truncated list would pass for a complete one.
const total = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/).transform(Number).pipe(z.int())]);

export const assets: z.ZodType<Slice<Asset>> = listIn(
  'assets',
  'total',
  z.looseObject({ assets: z.array(asset), total }).transform((body) => ({ items: body.assets, total: body.total })),
);

export const transactions: z.ZodType<Slice<TransactionRecord>> = listIn(
  'transactions',
  'total',
  z
    .looseObject({ transactions: z.array(transaction), total })
    .transform((body) => ({ items: body.transactions, total: body.total })),
);

export const addedMetadata: z.ZodType<DocumentReceipt> = recordOf<Omit<DocumentReceipt, 'status'>>()({
  metadataId: text,
}).transform(({ metadataId }) => ({ metadataId, status: 'pending' as const }));

export const gotMetadata: z.ZodType<Record<string, unknown>> = z.looseObject({ metadata }).transform((b) => b.metadata);
