import * as z from 'zod/mini';
import { exactDecimal, exactWhole } from '../core/amounts.js';
import type { IfSame } from '../core/same-fields.js';
import type { Asset, Balance, Slice, SupplyRecord, TransactionRecord } from './ledger.js';

/*
 * Schemas of the port's records as JSON. Unknown fields are kept.
 */

/** A schema with the fields of a record; one that the record lacks, or that the schema lacks, does not compile. */
export const recordOf =
  <Of>() =>
  <Shape extends z.core.$ZodShape>(shape: Shape & IfSame<z.output<z.ZodMiniObject<Shape>>, Of>): z.ZodMiniType<Of> =>
    z.looseObject(shape) as z.ZodMiniType<unknown> as z.ZodMiniType<Of>;

export const text = z.string().check(z.minLength(1));

/** Whole tokens, zero or more: a JSON number of any length, or its digits. */
export const quantity = amount(exactWhole);

/** US dollars: a JSON number of any length, or its digits. */
const money = amount(exactDecimal);

function amount<Amount>(read: (text: string) => Amount | undefined): z.ZodMiniType<Amount> {
  return z.transform((value, context) => {
    const isNumeric = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
    const exact = isNumeric ? read(String(value)) : undefined;
    if (exact !== undefined) return exact;
    context.issues.push({ code: 'custom', message: 'is not an exact amount', input: value });
    return z.NEVER;
  });
}

export const metadata = z.record(z.string(), z.unknown());

// null means a missing field or an empty text. It is no amount, status, id or time.
const orUndefined = z.transform((value: unknown): unknown => value ?? undefined);
const optional = <T extends z.ZodMiniType>(schema: T) => z.optional(z.pipe(orUndefined, z.optional(schema)));
const optionalText = z.pipe(
  z.transform((value: unknown): unknown => value ?? ''),
  z.string(),
);

export const asset = recordOf<Asset>()({
  assetId: text,
  name: optionalText,
  symbol: optionalText,
  description: optionalText,
  assetType: optionalText,
  totalValue: money,
  totalSupply: quantity,
  pricePerToken: money,
  status: z.string(),
  metadata: optional(metadata),
});

export const transaction = recordOf<TransactionRecord>()({
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

export const balance = recordOf<Balance>()({
  assetId: text,
  assetName: optional(z.string()),
  balance: quantity,
});

export const supply = recordOf<SupplyRecord>()({ assetId: text, minted: quantity, burned: quantity });

/** A part of a list. */
export const sliceOf = <T>(item: z.ZodMiniType<T>): z.ZodMiniType<Slice<T>> =>
  z.object({ items: z.array(item), total: z.int().check(z.nonnegative()), cursor: z.optional(z.nullable(z.string())) });
