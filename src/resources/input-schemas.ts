import * as z from 'zod/mini';
import { callSchema } from '../calls.js';
import { AmountProblem, type MoneyInput, parseMoney, parseQuantity, type QuantityInput } from '../core/amounts.js';
import { type IdUse, idProblem } from '../core/ids.js';
import { copyJson, isJson } from '../core/json.js';
import { atLeast, atMost, bool, depending, oneOf, whole, without } from '../core/schemas.js';
import { dateOf, isPlainObject } from '../core/shapes.js';
import { milliseconds } from '../core/validate.js';
import type { Metadata, WatchCheckpoint } from '../ledger/ledger.js';

/*
 * What each input must hold: its fields, then the inputs. Every message completes a sentence that begins with the field's
 * name. A schema that has other fields than the interface of its input does not compile where it is used: see `validate`.
 */

/** An id that names something in a write. */
const id = idIn('write');

/** An id to read or filter by: another client may have written it under other rules. */
export const existingId = idIn('read');

/** Ids to read; they may repeat. */
export const existingIds = z.array(existingId);

/** A text for people; not empty. */
const isText = z.refine<string>((value) => value.trim() !== '', 'is required');
const text = z.string().check(isText);

/** Whole tokens above zero. */
const quantity = amount<QuantityInput, bigint>(parseQuantity);

/** US dollars, zero or more. */
const money = amount<MoneyInput, string>(parseMoney);

/** Free-form JSON data. */
const metadata = z.pipe(
  z.custom<Metadata>(
    (value) => isPlainObject(value) && isJson(value),
    // Without aborting, so that problems of several fields are named together with it.
    { error: 'must be an object of JSON values', abort: false },
  ),
  z.transform(copyJson),
);

/** A date, of this realm or another. */
const date = z.pipe(
  z.custom<Date>((value) => Number.isFinite(dateOf(value)?.getTime()), 'must be a Date'),
  z.transform((value) => dateOf(value) ?? value),
);

/** How much of a list to read. */
const page = {
  limit: z.optional(
    whole('must be whole').check(atLeast(1, 'must be 1 or more'), atMost(1_000, 'must be 1,000 or less')),
  ),
  offset: z.optional(whole('must be whole').check(atLeast(0, 'must not be negative'))),
  cursor: z.optional(text),
  maxItems: z.optional(whole('must be whole').check(atLeast(1, 'must be 1 or more'))),
};

export const createAsset = z.strictObject({
  name: text,
  symbol: text,
  description: text,
  assetType: text,
  totalValue: money.check(z.refine((value) => value !== '0', 'must be above zero')),
  totalSupply: quantity,
  metadata: z.optional(metadata),
  creatorWallet: id,
});

export const updateAsset = z.strictObject({
  assetId: id,
  updates: z
    .strictObject({
      name: z.optional(text),
      symbol: z.optional(text),
      description: z.optional(text),
      assetType: z.optional(text),
      totalValue: z.optional(money),
      totalSupply: z.optional(quantity),
      pricePerToken: z.optional(money),
      status: z.optional(text),
      metadata: z.optional(metadata),
    })
    .check(z.refine((updates) => Object.values(updates).some((value) => value !== undefined), 'must change something')),
  updaterWallet: id,
});

export const publishAsset = z.strictObject({ assetId: id, publisherWallet: id });

export const addMetadata = z.strictObject({ assetId: id, metadata });

export const listAssets = z.strictObject({ ...page, assetType: z.optional(text), status: z.optional(text) });

export const assetHistory = z.strictObject({ ...page, assetId: existingId });

export const mint = z.strictObject({
  assetId: id,
  recipientWallet: id,
  amount: quantity,
  minterWallet: z.optional(id),
  metadata: z.optional(metadata),
});

export const burn = z.strictObject({
  assetId: id,
  holderWallet: id,
  amount: quantity,
  burnerWallet: id,
  reason: z.optional(text),
});

export const transfer = z
  .strictObject({ assetId: id, fromWallet: id, toWallet: id, amount: quantity, metadata: z.optional(metadata) })
  .check(z.refine(({ fromWallet, toWallet }) => differ(fromWallet, toWallet), mustDiffer('toWallet', 'fromWallet')));

export const purchase = z
  .strictObject({
    assetId: id,
    sellerWallet: id,
    buyerWallet: id,
    amount: quantity,
    price: money,
    paymentMethod: z.optional(text),
  })
  .check(
    z.refine(
      ({ sellerWallet, buyerWallet }) => differ(sellerWallet, buyerWallet),
      mustDiffer('buyerWallet', 'sellerWallet'),
    ),
  );

export const balance = z.strictObject({ walletId: existingId, assetId: z.optional(existingId) });

export const balances = z.strictObject({ walletIds: existingIds, assetId: z.optional(existingId) });

export const walletTransactions = z.strictObject({ ...page, walletId: existingId, assetId: z.optional(existingId) });

const type = z.string('must be a type or a list of types').check(isText);
const types = z.array(type).check(z.refine((all) => all.length > 0, 'must name a type'));

export const listTransactions = z.strictObject({
  ...page,
  assetId: z.optional(existingId),
  walletId: z.optional(existingId),
  type: z.optional(depending<string | readonly string[]>((value) => (Array.isArray(value) ? types : type))),
  idempotencyKey: z.optional(text),
  sortOrder: z.optional(oneOf(['asc', 'desc'], "must be 'asc' or 'desc'")),
});

/** Milliseconds. */
const MAX_OVERLAP = 86_400_000;
const MIN_INTERVAL = 250;

export const watchFilter = z.strictObject({
  assetId: z.optional(existingId),
  walletId: z.optional(existingId),
  types: z.optional(types),
  overlap: z.optional(milliseconds.check(atMost(MAX_OVERLAP, 'must be a day or less'))),
});

export const watch = z.strictObject({
  ...watchFilter.shape,
  interval: z.optional(milliseconds.check(atLeast(MIN_INTERVAL, `must be ${MIN_INTERVAL} or more`))),
  from: z.optional(
    z.custom<WatchCheckpoint | 'beginning'>(isCheckpoint, "must be a checkpoint of an earlier watch, or 'beginning'"),
  ),
  signal: callSchema.shape.signal,
  deadline: callSchema.shape.deadline,
});

export const reconcile = z.strictObject({
  idempotencyKey: text,
  assetId: z.optional(existingId),
  since: z.optional(date),
  void: z.optional(bool('must be true or false')),
});

function idIn(use: IdUse): z.ZodMiniType<string, string> {
  return z.string().check(without((value) => idProblem(value, use)));
}

function amount<Input, Amount>(parse: (value: unknown) => Amount) {
  return z.pipe(
    z.custom<Input>(),
    z.transform((value, context): Amount => {
      try {
        if (value === undefined) throw new AmountProblem('is required');
        return parse(value);
      } catch (error) {
        if (!(error instanceof AmountProblem)) throw error;
        context.issues.push({ code: 'custom', message: error.message, input: value });
        return z.NEVER;
      }
    }),
  );
}

function differ(wallet: string | undefined, other: string | undefined): boolean {
  return wallet === undefined || wallet !== other;
}

/** Compared where other fields are wrong too, so that all are named together. */
function mustDiffer(field: string, from: string) {
  const when = ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null;
  return { path: [field], error: `must differ from ${from}`, when };
}

function isCheckpoint(value: unknown): boolean {
  return value === 'beginning' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}
