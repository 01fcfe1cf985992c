import type { Metadata, MoneyInput, QuantityInput } from 'spydra-sdk';
import * as z from 'zod';

/*
 * The fields of which requests are made. The SDK has the last word on each; it is checked here too so that one answer
 * names every bad field of a request, by the name that the client used. A message completes a sentence that begins with
 * that name.
 */

/** A name that may have to stand in a path. */
export const id = field<string>(isId, "must be a name without slashes, '..' and control characters");

/** A text for people. */
export const text = field<string>(isText, 'must be a text that is not empty');

/** Whole tokens. */
export const quantity = field<QuantityInput>(isQuantity, 'must be whole tokens, above zero');

/** US dollars. */
export const money = field<MoneyInput>(isMoney, 'must be US dollars, zero or more');

/** US dollars for something that has a price. */
export const worth = field<MoneyInput>((value) => isMoney(value) && !isZero(value), 'must be US dollars, above zero');

/** Free-form data. */
export const metadata = field<Metadata>(isObject, 'must be an object');

/** The header of that name. */
export const idempotencyKey = field<string>(isKey, 'must be 1 to 255 visible ASCII characters');

/** Fields of these names, and no others. */
export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: ({ input }) => (input === undefined ? 'is required' : 'must be an object') });
}

/** Which part of a list to answer, in a query. */
export function page(limit: number) {
  return {
    limit: wholeFrom(1, 1_000).default(limit),
    offset: wholeFrom(0, Number.MAX_SAFE_INTEGER).default(0),
  };
}

function field<T>(isGood: (value: unknown) => boolean, message: string) {
  const error = ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is required' : message);
  // Not to abort: what is wrong with the whole of a body is to be named too.
  return z.custom<T>(isGood, { error, abort: false });
}

/** A number in a query: digits, once. */
function wholeFrom(least: number, most: number) {
  const message = `must be one whole number from ${least} to ${most}`;
  return z
    .string(message)
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isId(value: unknown): boolean {
  return isText(value) && !/[/\\\p{Cc}]|\.\./u.test(value) && value !== '.' && value.isWellFormed();
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value);
}

/** More digits than the SDK reads. */
const TOO_LONG = 1_001;

function isQuantity(value: unknown): boolean {
  const isWhole = ['number', 'bigint', 'string'].includes(typeof value) && /^\d+$/.test(String(value));
  return isWhole && !isZero(value) && String(value).length < TOO_LONG;
}

function isMoney(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0;
  const isDecimal = ['bigint', 'string'].includes(typeof value) && /^\d+(\.\d+)?$/.test(String(value));
  return isDecimal && String(value).length < TOO_LONG;
}

function isZero(value: unknown): boolean {
  return !/[1-9]/.test(String(value));
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
