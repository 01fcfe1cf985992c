import * as z from 'zod/mini';
import { writtenId as id } from './ids.js';
import { isJsonObject, type Json, type JsonObject } from './json.js';
import { money, positiveQuantity } from './numbers.js';
import { Refusal } from './refusal.js';

/*
 * What each request must contain. Unknown fields are accepted, and in an asset they are kept.
 */

const text = z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text') });
const filled = text.check(z.minLength(1, 'must not be empty'));
const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');
const metadata = z.optional(jsonObject);
const anything = z.custom<Json>(() => true);

/** To zod a lossless number is an object too, so that is checked first. */
function object<Schema extends z.core.$ZodType>(schema: Schema) {
  return z.pipe(z.custom(isJsonObject, 'must be a JSON object'), schema);
}

/** An object of which only these fields are taken. */
function record<Shape extends z.core.$ZodShape>(shape: Shape) {
  return object(z.object(shape));
}

const asset = z.object({
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
const updates = z.partial(asset);

export const createAssetBody = record({
  schemaId: id,
  creatorWallet: id,
  asset: object(z.catchall(asset, anything)),
});
export const updateAssetBody = record({
  assetId: id,
  updaterWallet: id,
  updates: object(z.catchall(updates, anything)),
});
const amount = positiveQuantity;
export const mintBody = record({ assetId: id, minterWallet: id, recipientWallet: id, amount, metadata });
export const burnBody = record({ assetId: id, burnerWallet: id, holderWallet: id, amount, metadata });
export const transferBody = record({ assetId: id, fromWallet: id, toWallet: id, amount, metadata });
export const metadataBody = record({ assetId: id, metadata: jsonObject, timestamp: filled });

const page = {
  limit: z._default(whole(1, 1_000), 100),
  offset: z._default(whole(0, Number.MAX_SAFE_INTEGER), 0),
};
const optionalText = z.optional(text);

export const assetsQuery = z.object({ assetType: optionalText, status: optionalText, ...page });
export const balancesQuery = z.object({ assetId: optionalText });
export const transactionsQuery = z.object({
  assetId: optionalText,
  walletId: optionalText,
  idempotencyKey: optionalText,
  sortBy: z.optional(z.literal('timestamp', 'must be timestamp')),
  sortOrder: z._default(z.enum(['asc', 'desc'], 'must be asc or desc'), 'desc'),
  ...page,
});

/** @throws Refusal INVALID_REQUEST naming every invalid field. */
export function check<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const details = error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
  const summary = details.map(({ field, message }) => `${field} ${message}`).join('; ');
  throw new Refusal('INVALID_REQUEST', `The request is not valid: ${summary}.`, details);
}

/** The same for a query, in which each name may occur once, because two values would be ambiguous. */
export function checkQuery<Schema extends z.ZodMiniObject>(schema: Schema, query: URLSearchParams): z.output<Schema> {
  const repeated = Object.keys(schema.shape).filter((name) => query.getAll(name).length > 1);
  if (repeated.length === 0) return check(schema, Object.fromEntries(query));
  const details = repeated.map((field) => ({ field, message: 'must be given once' }));
  throw new Refusal('INVALID_REQUEST', `The request is not valid: ${repeated.join(', ')} must be given once.`, details);
}

function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .pipe(text.check(z.regex(/^\d{1,16}$/, message)), z.transform(Number))
    .check(z.refine((value) => value >= least && value <= most, message));
}
