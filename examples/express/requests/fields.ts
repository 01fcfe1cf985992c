import { type Metadata, type MoneyInput, type QuantityInput, stringifyJson } from 'spydra-sdk';
import * as z from 'zod';

/*
 * The fields of which requests are made. The SDK has the last word on each; it is checked here too so that one answer
 * names every bad field of a request, by the name that the client used. A message completes a sentence that begins with
 * that name.
 */

/** The most that the SDK reads. */
const MAX_DIGITS = 1_000;
const DIGITS = { type: 'string', maxLength: MAX_DIGITS };

/** Published as it stands, so that it must mean the same where a reader does not set the flag `u`. */
const NAME = String.raw`^(?!\.$)(?![\s\S]*\.\.)(?=[\s\S]*\S)[^/\\\u0000-\u001f\u007f-\u009f]+$`;
const NO_NAME = "must be a name without slashes, '..' and control characters";

/** A name that may have to stand in a path. */
export const id = matching(new RegExp(NAME, 'u'), NO_NAME).refine((name) => name.isWellFormed(), NO_NAME);

/** Characters, and bytes of JSON: what is written stays on the ledger, and everybody may read it as often as he likes. */
const LONGEST_TEXT = 2_000;
const LARGEST_METADATA = 8_000;

/** A text for people. */
export const text = matching(/\S/, 'must be a text that is not empty').max(
  LONGEST_TEXT,
  'must be 2,000 characters at most',
);

/** Whole tokens. */
export const quantity = field<QuantityInput>(isQuantity, 'must be whole tokens, above zero').meta({
  description: 'Whole tokens, of as many digits as it takes; as a string of digits too.',
  anyOf: [
    { type: 'integer', minimum: 1 },
    { ...DIGITS, pattern: '^0*[1-9]\\d*$' },
  ],
  examples: [100],
});

/** US dollars. */
export const money = field<MoneyInput>(isMoney, 'must be US dollars, zero or more').meta({
  description: 'US dollars, exact to the last digit; as a decimal string too.',
  anyOf: [
    { type: 'number', minimum: 0 },
    { ...DIGITS, pattern: '^\\d+(\\.\\d+)?$' },
  ],
  examples: [52.5],
});

/** US dollars for something that has a price. */
export const worth = field<MoneyInput>(isWorth, 'must be US dollars, above zero').meta({
  description: 'US dollars, exact to the last digit; as a decimal string too.',
  anyOf: [
    { type: 'number', exclusiveMinimum: 0 },
    { ...DIGITS, pattern: '^(?=.*[1-9])\\d+(\\.\\d+)?$' },
  ],
  examples: [525_000],
});

/** Free-form data. */
export const metadata = field<Metadata>(isMetadata, (given) =>
  isObject(given) ? 'must be 8 kB of JSON at most' : 'must be an object',
).meta({ description: 'Anything that JSON can say, in 8 kB.', type: 'object', examples: [{ rooms: 2 }] });

/** The header of that name. */
export const idempotencyKey = matching(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

/** Fields of these names, and no others. */
export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: ({ input }) => (input === undefined ? 'is required' : 'must be an object') });
}

/** Which part of a list to answer, in a query. */
export function page(limit: number) {
  return {
    limit: wholeFrom(1, 1_000, limit),
    offset: wholeFrom(0, Number.MAX_SAFE_INTEGER, 0),
  };
}

function matching(pattern: RegExp, message: string) {
  return z.string({ error: complaint(message) }).regex(pattern, { error: message, abort: true });
}

/** A field that zod has no type for; its `meta` says in JSON Schema what `isGood` checks. */
/** What is wrong with a field, whatever was given or as that is. */
type Message = string | ((given: unknown) => string);

function field<T>(isGood: (value: unknown) => boolean, message: Message) {
  // Not to abort: what is wrong with the whole of a body is to be named too.
  return z.custom<T>(isGood, { error: complaint(message), abort: false });
}

function complaint(message: Message) {
  return ({ input }: { readonly input?: unknown }) => {
    if (input === undefined) return 'is required';
    return typeof message === 'string' ? message : message(input);
  };
}

/** A number in a query: digits, once. */
function wholeFrom(least: number, most: number, unless: number) {
  const error = `must be one whole number from ${least} to ${most}`;
  const read = (value: unknown) => (typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value);
  const whole = z.int({ error, abort: true }).min(least, error).max(most, error);
  return z
    .preprocess(read, whole)
    .default(unless)
    .meta({ override: { default: unless } });
}

function isQuantity(value: unknown): boolean {
  const isWhole = ['number', 'bigint', 'string'].includes(typeof value) && /^\d+$/.test(String(value));
  return isWhole && !isZero(value) && String(value).length <= MAX_DIGITS;
}

function isMoney(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0;
  const isDecimal = ['bigint', 'string'].includes(typeof value) && /^\d+(\.\d+)?$/.test(String(value));
  return isDecimal && String(value).length <= MAX_DIGITS;
}

function isWorth(value: unknown): boolean {
  return isMoney(value) && !isZero(value);
}

function isZero(value: unknown): boolean {
  return !/[1-9]/.test(String(value));
}

function isMetadata(value: unknown): boolean {
  return isObject(value) && stringifyJson(value).length <= LARGEST_METADATA;
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
