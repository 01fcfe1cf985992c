import * as z from 'zod';
import { AmountProblem, type MoneyInput, parseMoney, parseQuantity, type QuantityInput } from '../core/amounts.js';
import { type IdUse, idProblem } from '../core/ids.js';
import { copyJson, isJson } from '../core/json.js';
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
export const text = z.string().refine((value) => value.trim() !== '', 'is required');

/** Whole tokens above zero. */
export const quantity = amount<QuantityInput, bigint>(parseQuantity);

/** US dollars, zero or more. */
export const money = amount<MoneyInput, string>(parseMoney);

/** Free-form JSON data. */
export const metadata = z
  .custom<Metadata>(
    (value) => isPlainObject(value) && isJson(value),
    // Without aborting, so that problems of several fields are named together with it.
    { error: 'must be an object of JSON values', abort: false },
  )
  // A copy: the caller may change the object during the call.
  .transform((value) => copyJson(value) as typeof value);

/** A date, of this realm or another. */
export const date = z
  .custom<Date>((value) => Number.isFinite(dateOf(value)?.getTime()), 'must be a Date')
  .transform((value) => dateOf(value) ?? value);

/** How much of a list to read. */
export const page = z.strictObject({
  limit: z.int('must be whole').min(1, 'must be 1 or more').max(1_000, 'must be 1,000 or less').optional(),
  offset: z.int('must be whole').min(0, 'must not be negative').optional(),
  maxItems: z.int('must be whole').min(1, 'must be 1 or more').optional(),
});

function idIn(use: IdUse): z.ZodType<string, string> {
  return z.string().superRefine((value, context) => {
    const problem = idProblem(value, use);
    if (problem) context.addIssue(problem);
  });
}

function amount<Input, Amount>(parse: (value: unknown) => Amount) {
  return z.custom<Input>().transform((value, context): Amount => {
    try {
      if (value === undefined) throw new AmountProblem('is required');
      return parse(value);
    } catch (error) {
      if (!(error instanceof AmountProblem)) throw error;
      context.addIssue(error.message);
      return z.NEVER;
    }
  });
}
