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

export const text: z.ZodMiniType<string> = z.transform((value, context) =>
  typeof value === 'string' && value !== '' ? value : refused(value, context, 'is not a text'),
);

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
  return exact ?? refused(value, context, 'is not an exact amount');
}

function refused(input: unknown, { issues }: Context, message: string): never {
  issues.push({ code: 'custom', message, input });
  return z.NEVER;
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
}

export const metadata = z.looseObject({});

/** The field of a record's metadata with the idempotency key that its write was sent with. */
export const KEY = 'idempotencyKey';
/** That with the fingerprint of the input. */
export const FINGERPRINT = 'idempotencyFingerprint';
/** That with the call that submitted it: after one that failed, another one may use the key. */
export const CALL = 'idempotencyCall';

// null means a missing field or an empty text. It is no amount, status, id or time.
const orUndefined = z.transform((value: unknown): unknown => value ?? undefined);
const optional = <T extends z.ZodMiniType>(schema: T) => z.optional(z.pipe(orUndefined, z.optional(schema)));
// One transform instead of a pipe of schemas: a list has a thousand records of a dozen fields.
const optionalString = z.optional(z.transform((value: unknown, context) => orString(value, undefined, context)));
const optionalQuantity = z.optional(
  z.transform((value: unknown, context) => (value == null ? undefined : toQuantity(value, context))),
);
const optionalText: z.ZodMiniType<string> = z.transform((value: unknown, context) => orString(value, '', context));

function orString<Missing>(value: unknown, missing: Missing, context: Context): string | Missing {
  if (value === null || value === undefined) return missing;
  return typeof value === 'string' ? value : refused(value, context, 'is not a string');
}

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
  assetId: optionalString,
  timestamp: z.string(),
  actor: optionalString,
  amount: optionalQuantity,
  recipientWallet: optionalString,
  holderWallet: optionalString,
  fromWallet: optionalString,
  toWallet: optionalString,
  metadata: optional(metadata),
  error: optionalString,
});

export const balance = recordOf<Balance>()({
  assetId: text,
  assetName: optionalString,
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
