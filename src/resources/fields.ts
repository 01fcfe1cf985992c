import * as z from 'zod';
import { AmountProblem, parseMoney, parseQuantity } from '../amounts.js';
import { copyJson, isJson } from '../http/json.js';
import { idProblem } from '../ids.js';

/*
 * The fields of which inputs are made. Every message completes a sentence that begins with the field's name.
 */

/** An id: it will stand in a path, or name something that does. */
export const id = z.string().superRefine((value, context) => {
  const problem = idProblem(value);
  if (problem) context.addIssue(problem);
});

/** Ids, some of them perhaps twice. */
export const ids = z.array(id);

/** A text for people; not empty. */
export const text = z.string().refine((value) => value.trim() !== '', 'is required');

/** Whole tokens above zero. */
export const quantity = amount(parseQuantity);

/** US dollars, zero or more. */
export const money = amount(parseMoney);

/** Free-form data that JSON can say. */
export const metadata = z
  .custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value),
    // Without aborting: what is compared across fields shall be named together with it.
    { error: 'must be an object that JSON can say', abort: false },
  )
  // A copy: the caller may change the object while the call is on its way.
  .transform((value) => copyJson(value) as typeof value);

/** A field that may be left out. */
export function optional<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.union([z.undefined(), schema]).optional();
}

/** How much of a list to read. */
export const page = z.strictObject({
  limit: z.int('must be whole').min(1, 'must be 1 or more').max(1_000, 'must be 1,000 or less').optional(),
  offset: z.int('must be whole').min(0, 'must not be negative').optional(),
  maxItems: z.int('must be whole').min(1, 'must be 1 or more').optional(),
});

function amount<T extends string | bigint>(parse: (value: unknown) => T): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
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
