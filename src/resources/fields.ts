import * as z from 'zod/mini';
import { AmountProblem, type MoneyInput, parseMoney, parseQuantity, type QuantityInput } from '../core/amounts.js';
import { type IdUse, idProblem } from '../core/ids.js';
import { copyJson, isJson } from '../core/json.js';
import { atLeast, atMost, whole, without } from '../core/schemas.js';
import { dateOf, isPlainObject } from '../core/shapes.js';
import type { Metadata } from '../ledger/ledger.js';

/*
 * The fields of which inputs are made. Every message completes a sentence that begins with the field's name.
 */

/** An id that names something in a write. */
export const id = idIn('write');

/** An id to read or filter by: another client may have written it under other rules. */
export const existingId = idIn('read');

/** Ids to read; they may repeat. */
export const existingIds = z.array(existingId);

/** A text for people; not empty. */
export const isText = z.refine<string>((value) => value.trim() !== '', 'is required');
export const text = z.string().check(isText);

/** Whole tokens above zero. */
export const quantity = amount<QuantityInput, bigint>(parseQuantity);

/** US dollars, zero or more. */
export const money = amount<MoneyInput, string>(parseMoney);

/** Free-form JSON data. */
export const metadata = z.pipe(
  z.custom<Metadata>(
    (value) => isPlainObject(value) && isJson(value),
    // Without aborting, so that problems of several fields are named together with it.
    { error: 'must be an object of JSON values', abort: false },
  ),
  z.transform(copyJson),
);

/** A date, of this realm or another. */
export const date = z.pipe(
  z.custom<Date>((value) => Number.isFinite(dateOf(value)?.getTime()), 'must be a Date'),
  z.transform((value) => dateOf(value) ?? value),
);

/** How much of a list to read. */
export const page = {
  limit: z.optional(
    whole('must be whole').check(atLeast(1, 'must be 1 or more'), atMost(1_000, 'must be 1,000 or less')),
  ),
  offset: z.optional(whole('must be whole').check(atLeast(0, 'must not be negative'))),
  cursor: z.optional(text),
  maxItems: z.optional(whole('must be whole').check(atLeast(1, 'must be 1 or more'))),
};

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
