import * as z from 'zod/mini';
import { exactDecimal, exactWhole } from '../core/amounts.js';
import type { IfSame } from '../core/same-fields.js';
import { atLeast, textOrNull, whole } from '../core/schemas.js';
import type { Asset, Balance, Slice, SupplyRecord, TransactionRecord } from './ledger.js';

/*
 * Schemas of the port's records as JSON. Unknown fields are kept.
 */

/** A schema with the fields of a record; one that the record lacks, or that the schema lacks, does not compile. */
export const recordOf =
  <Of>() =>
  <Shape extends z.core.$ZodShape>(shape: Shape & IfSame<z.output<z.ZodMiniObject<Shape>>, Of>): z.ZodMiniType<Of> =>
    z.looseObject(shape) as z.ZodMiniType<unknown> as z.ZodMiniType<Of>;

export const text = z.string().check(z.refine((value) => value !== ''));

/** Whole tokens, zero or more: a JSON number of any length, or its digits. */
export const quantity: z.ZodMiniType<bigint> = z.transform(toQuantity);

/** Throws no error: adds an issue to the context, as transforms of zod do. */
export function toQuantity(value: unknown, context: Context): bigint {
  return exactly(exactWhole, value, context);
}

/** US dollars: a JSON number of any length, or its digits. */
const money: z.ZodMiniType<string> = z.transform((value, context) => exactly(exactDecimal, value, context));

type Context = { readonly issues: z.core.$ZodRawIssue[] };

function exactly<Amount>(read: (text: string) => Amount | undefined, value: unknown, context: Context): Amount {
  const exact = isNumeric(value) ? read(String(value)) : undefined;
  if (exact !== undefined) return exact;
  context.issues.push({ code: 'custom', message: 'is not an exact amount', input: value });
  return z.NEVER;
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
}

export const metadata = z.looseObject({});

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
  z.object({
    items: z.array(item),
    total: whole().check(atLeast(0)),
    cursor: z.optional(textOrNull()),
  });
