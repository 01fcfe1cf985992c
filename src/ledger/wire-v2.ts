import * as z from 'zod';
import { exactDecimal, exactWhole } from '../amounts.js';
import type {
  Asset,
  AssetReceipt,
  Balance,
  BalanceReceipt,
  Slice,
  TransactionRecord,
  TransferReceipt,
} from './ledger.js';

/*
 * What answers of Spydra REST v2 must hold. Validated for what the SDK relies on; whatever else stands in them is kept.
 */

const text = z.string().min(1);
const numeric = z.union([z.number(), z.bigint(), z.string()]);

/** Whole tokens, zero or more: a JSON number of any length, or its digits. */
const quantity = numeric.transform((value, context) => exactWhole(String(value)) ?? refuse(value, context));

/** US dollars: a JSON number of any length, or its digits. */
const money = numeric.transform((value, context) => exactDecimal(String(value)) ?? refuse(value, context));

function refuse(input: unknown, context: { issues: z.core.$ZodRawIssue[] }): never {
  context.issues.push({ code: 'custom', message: 'is not an exact amount', input });
  return z.NEVER;
}

const metadata = z.record(z.string(), z.unknown());

// A server that says null means that there is nothing.
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => value ?? undefined, schema.optional()).optional();

const asset: z.ZodType<Asset> = z.looseObject({
  assetId: text,
  name: z.string(),
  symbol: z.string().default(''),
  description: z.string().default(''),
  assetType: z.string().default(''),
  totalValue: money,
  totalSupply: quantity,
  pricePerToken: money,
  status: z.string(),
  metadata: optional(metadata),
});

const transaction: z.ZodType<TransactionRecord> = z.looseObject({
  transactionId: text,
  type: z.string(),
  status: z.string(),
  assetId: optional(z.string()),
  timestamp: z.string(),
  actor: optional(z.string()),
  amount: optional(quantity),
  recipientWallet: optional(z.string()),
  holderWallet: optional(z.string()),
  fromWallet: optional(z.string()),
  toWallet: optional(z.string()),
  metadata: optional(metadata),
  error: optional(z.string()),
});

const balance: z.ZodType<Balance> = z.looseObject({
  assetId: text,
  assetName: optional(z.string()),
  balance: quantity,
});

// An answer about something else than was asked for must not pass for it.

export const gotAsset = (assetId: string): z.ZodType<Asset> =>
  z
    .looseObject({ asset: asset.refine((found) => found.assetId === assetId, { path: ['assetId'] }) })
    .transform((body) => body.asset);

export const gotTransaction = (transactionId: string): z.ZodType<TransactionRecord> =>
  transaction.refine((found) => found.transactionId === transactionId, { path: ['transactionId'] });

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
