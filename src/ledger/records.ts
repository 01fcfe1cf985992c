import * as z from 'zod/mini';
import { exactDecimal, exactWhole } from '../core/amounts.js';
import type { IfSame } from '../core/same-fields.js';
import { atLeast, whole } from '../core/schemas.js';
import type { Asset, Balance, Slice, TransactionRecord } from './ledger.js';

/*
 * Schemas of the port's records as JSON. Unknown fields are kept.
 */

/** A schema with the fields of a record; one that the record lacks, or that the schema lacks, does not compile. */
export const recordOf =
  <Of>() =>
  <Shape extends z.core.$ZodShape>(shape: Shape & IfSame<z.output<z.ZodMiniObject<Shape>>, Of>): z.ZodMiniType<Of> =>
    z.looseObject(shape) as z.ZodMiniType<unknown> as z.ZodMiniType<Of>;

export const text = z.string().check(z.refine((value) => value !== ''));
/** A JSON number of any length, or digits. */
export const isNumeric = (value: unknown): value is number | bigint | string =>
  ['number', 'bigint', 'string'].includes(typeof value);
const numeric = z.custom<number | bigint | string>(isNumeric);

/** Whole tokens, zero or more: a JSON number of any length, or its digits. */
export const quantity: z.ZodMiniType<bigint> = z.pipe(
  numeric,
  z.transform((value, context) => toQuantity(value, context)),
);

export function toQuantity(value: number | bigint | string, context: Context): bigint {
  return exactWhole(String(value)) ?? refuse(value, context);
}

/** US dollars: a JSON number of any length, or its digits. */
const money = z.pipe(
  numeric,
  z.transform((value, context) => exactDecimal(String(value)) ?? refuse(value, context)),
);

type Context = { readonly issues: z.core.$ZodRawIssue[] };

function refuse(input: unknown, context: Context): never {
  context.issues.push({ code: 'custom', message: 'is not an exact amount', input });
  return z.NEVER;
}

export const metadata = z.looseObject({});

// null means a missing field or an empty text. It is no amount, status, id or time.
const orUndefined = z.transform((value: unknown): unknown => value ?? undefined);
const optional = <T extends z.ZodMiniType>(schema: T) => z.optional(z.pipe(orUndefined, z.optional(schema)));
const optionalText = z._default(z.pipe(orUndefined, z._default(z.string(), '')), '');

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

/** A part of a list. */
export const sliceOf = <T>(item: z.ZodMiniType<T>): z.ZodMiniType<Slice<T>> =>
  z.object({ items: z.array(item), total: whole().check(atLeast(0)) });
