import * as z from 'zod';
import { exactDecimal, exactWhole } from '../amounts.js';
import type { Asset, Balance, Slice, TransactionRecord } from './ledger.js';

/*
 * What records must hold, from wherever they come as JSON. Whatever else stands in them is kept.
 */

export const text = z.string().min(1);
const numeric = z.union([z.number(), z.bigint(), z.string()]);

/** Whole tokens, zero or more: a JSON number of any length, or its digits. */
export const quantity: z.ZodType<bigint> = numeric.transform(
  (value, context) => exactWhole(String(value)) ?? refuse(value, context),
);

/** US dollars: a JSON number of any length, or its digits. */
const money = numeric.transform((value, context) => exactDecimal(String(value)) ?? refuse(value, context));

function refuse(input: unknown, context: { issues: z.core.$ZodRawIssue[] }): never {
  context.issues.push({ code: 'custom', message: 'is not an exact amount', input });
  return z.NEVER;
}

export const metadata = z.record(z.string(), z.unknown());

// A server that says null means that there is nothing.
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => value ?? undefined, schema.optional()).optional();

export const asset: z.ZodType<Asset> = z.looseObject({
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

export const transaction: z.ZodType<TransactionRecord> = z.looseObject({
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

export const balance: z.ZodType<Balance> = z.looseObject({
  assetId: text,
  assetName: optional(z.string()),
  balance: quantity,
});

/** A part of a list. */
export const sliceOf = <T>(item: z.ZodType<T>): z.ZodType<Slice<T>> =>
  z.object({ items: z.array(item), total: z.number().int().nonnegative() });
