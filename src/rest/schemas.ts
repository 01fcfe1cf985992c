import * as z from 'zod/mini';
import type { IfSame } from '../core/same-fields.js';
import { atLeast, whole } from '../core/schemas.js';
import type { Asset, Balance, DocumentReceipt, Slice, TransactionRecord } from '../ledger/ledger.js';
import type { AssetReceipt, BalanceReceipt, Receipt, TransferReceipt } from '../ledger/operations.js';
import { asset, balance, metadata, quantity, recordOf, text, transaction } from '../ledger/records.js';
import { listIn } from './list-schema.js';

/*
 * Schemas of the responses of Spydra REST v2: validated for what the SDK relies on, other fields are kept.
 */

export const gotAsset: z.ZodMiniType<Asset> = z.pipe(
  z.looseObject({ asset }),
  z.transform((body) => body.asset),
);

export const gotTransaction: z.ZodMiniType<TransactionRecord> = transaction;

/** A 2xx response to a write means that the server accepted it, not that the ledger committed it. */
const accepted =
  <Of extends Receipt>() =>
  <Shape extends z.core.$ZodShape>(
    shape: Shape & IfSame<z.output<z.ZodMiniObject<Shape>>, Omit<Of, keyof Receipt>>,
  ): z.ZodMiniType<Of> =>
    z.pipe(
      z.looseObject({ transactionId: text, ...shape }),
      z.transform((body) => ({ ...body, status: 'pending' as const })),
    ) as z.ZodMiniType<unknown> as z.ZodMiniType<Of>;

export const createdAsset = accepted<AssetReceipt>()({ assetId: text, asset });

export const updatedAsset: z.ZodMiniType<AssetReceipt> = z.pipe(
  accepted<Omit<AssetReceipt, 'assetId'>>()({ asset }),
  z.transform((receipt) => ({ ...receipt, assetId: receipt.asset.assetId })),
);

export const changedBalance = accepted<BalanceReceipt>()({ newBalance: quantity });

export const transferred = accepted<TransferReceipt>()({ fromBalance: quantity, toBalance: quantity });

export const balances: z.ZodMiniType<readonly Balance[]> = listIn(
  'balances',
  'totalAssets',
  z.pipe(
    z.looseObject({ balances: z.array(balance) }),
    z.transform((body) => body.balances),
  ),
);

// Required: without it a truncated list would pass for a complete one.
const total = z.pipe(
  z.transform((value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)),
  whole().check(atLeast(0)),
);

export const assets: z.ZodMiniType<Slice<Asset>> = listIn(
  'assets',
  'total',
  z.pipe(
    z.looseObject({ assets: z.array(asset), total }),
    z.transform((body) => ({ items: body.assets, total: body.total })),
  ),
);

export const transactions: z.ZodMiniType<Slice<TransactionRecord>> = listIn(
  'transactions',
  'total',
  z.pipe(
    z.looseObject({ transactions: z.array(transaction), total }),
    z.transform((body) => ({ items: body.transactions, total: body.total })),
  ),
);

export const addedMetadata: z.ZodMiniType<DocumentReceipt> = z.pipe(
  recordOf<Omit<DocumentReceipt, 'status'>>()({
    metadataId: text,
  }),
  z.transform(({ metadataId }) => ({ metadataId, status: 'pending' as const })),
);

export const gotMetadata: z.ZodMiniType<Record<string, unknown>> = z.pipe(
  z.looseObject({ metadata }),
  z.transform((b) => b.metadata),
);
