import * as z from 'zod';
import { writtenId as id } from './ids.js';
import { isJsonObject, type Json, type JsonObject } from './json.js';
import { money, positiveQuantity } from './numbers.js';
import { Refusal } from './refusal.js';

/*
 * What each request must contain. Unknown fields are accepted.
 */

const text = z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text') });
const filled = text.min(1, 'must not be empty');
const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');
const metadata = jsonObject.optional();
const anything = z.custom<Json>(() => true);

/** An object with at least these fields. To zod a lossless number is an object too, so that is checked first. */
function record<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.custom(isJsonObject, 'must be a JSON object').pipe(z.object(shape).catchall(anything));
}

const asset = record({
  name: filled,
  symbol: filled,
  description: text,
  assetType: filled,
  totalValue: money,
  totalSupply: positiveQuantity,
  pricePerToken: money,
  status: filled,
  metadata,
});

const updates = record({
  name: filled.exactOptional(),
  symbol: filled.exactOptional(),
  description: text.exactOptional(),
  assetType: filled.exactOptional(),
  totalValue: money.exactOptional(),
  totalSupply: positiveQuantity.exactOptional(),
  pricePerToken: money.exactOptional(),
  status: filled.exactOptional(),
  metadata,
});

export const createAssetBody = record({ schemaId: id, creatorWallet: id, asset });
export const updateAssetBody = record({ assetId: id, updaterWallet: id, updates });
export const mintBody = record({
  assetId: id,
  minterWallet: id,
  recipientWallet: id,
  amount: positiveQuantity,
  metadata,
});
export const burnBody = record({ assetId: id, burnerWallet: id, holderWallet: id, amount: positiveQuantity, metadata });
export const transferBody = record({ assetId: id, fromWallet: id, toWallet: id, amount: positiveQuantity, metadata });
export const metadataBody = record({ assetId: id, metadata: jsonObject, timestamp: filled });

const page = {
  limit: whole(1, 1_000).default(100),
  offset: whole(0, Number.MAX_SAFE_INTEGER).default(0),
};
const optionalText = text.optional();

export const assetsQuery = z.object({ assetType: optionalText, status: optionalText, ...page });
export const balancesQuery = z.object({ assetId: optionalText });
export const transactionsQuery = z.object({
  assetId: optionalText,
  walletId: optionalText,
  idempotencyKey: optionalText,
  sortBy: z.literal('timestamp', 'must be timestamp').optional(),
  sortOrder: z.enum(['asc', 'desc'], 'must be asc or desc').default('desc'),
  ...page,
});

/** @throws Refusal INVALID_REQUEST naming every invalid field. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const details = error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
  const summary = details.map(({ field, message }) => `${field} ${message}`).join('; ');
  throw new Refusal('INVALID_REQUEST', `The request is not valid: ${summary}.`, details);
}

/** The same for a query, in which each name may occur once, because two values would be ambiguous. */
export function checkQuery<Schema extends z.ZodObject>(schema: Schema, query: URLSearchParams): z.output<Schema> {
  const repeated = Object.keys(schema.shape).filter((name) => query.getAll(name).length > 1);
  if (repeated.length === 0) return check(schema, Object.fromEntries(query));
  const details = repeated.map((field) => ({ field, message: 'must be given once' }));
  throw new Refusal('INVALID_REQUEST', `The request is not valid: ${repeated.join(', ')} must be given once.`, details);
}

function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return text
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}
