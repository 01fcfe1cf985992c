import {
  ASSET_TYPES,
  type IdUse,
  idProblem,
  type Metadata,
  moneyProblem,
  type QuantityInput,
  quantityProblem,
  stringifyJson,
} from 'spydra-sdk';
import * as z from 'zod';
import { knownValues } from '../known-values.js';

/*
 * The schemas of request fields. The SDK validates them again; they are checked here so that one response names every
 * invalid field by the name that the client used. A message completes a sentence that begins with that name.
 */

const DIGITS = { type: 'string', maxLength: 1_000 };

/*
 * The part of the SDK's rule for ids that a pattern can express with and without the flag `u`.
 */
const UNSEEN =
  String.raw`\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f` +
  String.raw`\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffd-\uffff`;
const IN_WRITE = String.raw`^(?!\.{1,2}$)(?! )(?![\s\S]* $)(?:[^\s/\\\u0000-\u001f\u007f-\u009f${UNSEEN}]| )+$`;
const IN_PATH = String.raw`^(?!\.{1,2}$)(?=[\s\S]*\S)[^/\\\u0000-\u001f\u007f-\u009f]+$`;

/** An id in a write. */
export const id = idIn('write', { maxLength: 256, pattern: IN_WRITE });

/** An id in a read: of anything on the ledger, whichever client wrote it. */
export const existingId = idIn('read', { pattern: IN_PATH });

/** Limits in characters and in bytes of JSON: written data stays on the ledger and can be read by everyone. */
const LONGEST_TEXT = 2_000;
const LARGEST_METADATA = 8_000;

/** A text for people; not empty. */
export const text = matching(/\S/, 'must be a text that is not empty').max(
  LONGEST_TEXT,
  'must be at most 2,000 characters',
);

/** The type of an asset: a known one, or any other text. */
export const assetType = text.meta({ description: knownValues(ASSET_TYPES), examples: ['real-estate'] });

/** Whole tokens. */
export const quantity = field<QuantityInput>(isQuantity, digits('must be whole tokens, above zero')).meta({
  description: 'Whole tokens, of any size; a string of digits is accepted too.',
  anyOf: [
    { type: 'integer', minimum: 1 },
    { ...DIGITS, pattern: '^0*[1-9]\\d*$' },
  ],
  examples: [100],
});

/** US dollars. */
export const money = dollars(isMoney, 'must be US dollars, zero or more', {
  anyOf: [
    { type: 'number', minimum: 0 },
    { ...DIGITS, pattern: '^\\d+(\\.\\d+)?$' },
  ],
  examples: [52.5],
});

/** US dollars above zero. */
export const worth = dollars(isWorth, 'must be US dollars, above zero', {
  anyOf: [
    { type: 'number', exclusiveMinimum: 0 },
    { ...DIGITS, pattern: '^(?=.*[1-9])\\d+(\\.\\d+)?$' },
  ],
  examples: [525_000],
});

/** Free-form data. */
export const metadata = field<Metadata>(isMetadata, (given) => {
  if (!isObject(given)) return 'must be an object';
  return isStorable(given) ? 'must be at most 8 kB of JSON' : 'must not hold a number beyond the range of a double';
}).meta({
  description: 'Any JSON, at most 8 kB; numbers with a point or an exponent within the range of a double.',
  type: 'object',
  additionalProperties: {},
  examples: [{ rooms: 2 }],
});

/** The Idempotency-Key header. */
export const idempotencyKey = matching(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

/** An optional query parameter; an empty one counts as missing, since forms send empty fields. */
export function parameter<T>(schema: z.ZodType<T, T>) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).optional();
}

/** An optional field of a body; `null` counts as missing. */
export function nullable<T>(schema: z.ZodType<T, T>) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** An optional text for people; `null` and the empty text count as missing. */
export const optionalText = matching(/^$|\S/, 'must be a text that is not blank')
  .max(LONGEST_TEXT, 'must be at most 2,000 characters')
  .nullish()
  .transform((value) => value || undefined)
  .meta({ description: 'May be empty.' });

/** An object with these fields and no others. */
export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: ({ input }) => (input === undefined ? 'is required' : 'must be an object') });
}

/** The query parameters of a page. */
export function page(limit: number) {
  return {
    limit: wholeFrom(1, 1_000, limit),
    offset: wholeFrom(0, Number.MAX_SAFE_INTEGER, 0),
  };
}

function matching(pattern: RegExp, message: string) {
  return z.string({ error: complaint(message) }).regex(pattern, { error: message, abort: true });
}

/** An id by the rule of the SDK; `published` is its schema in the contract. */
function idIn(use: IdUse, published: { pattern: string; maxLength?: number }) {
  return z
    .string({ error: complaint('must be a string') })
    .superRefine((value, context) => {
      const problem = idProblem(value, use);
      if (problem) context.addIssue(problem);
    })
    .meta(published);
}

/** A message, or a function of the given value that returns one. */
type Message = string | ((given: unknown) => string);

/** A field without a zod type; its `meta` describes in JSON Schema what `isGood` checks. */
function field<T>(isGood: (value: unknown) => boolean, message: Message) {
  // Does not abort, so that problems of the whole body are reported too.
  return z.custom<T>(isGood, { error: complaint(message), abort: false });
}

/** Money as decimal text: JSON numbers are exact here, and the SDK refuses a `number` of more than 15 digits. */
function dollars(isGood: (value: unknown) => boolean, message: string, published: object) {
  return field<unknown>(isGood, digits(message))
    .meta({ description: 'US dollars, exact; a decimal string is accepted too.', ...published })
    .transform((value) => textOf(value) ?? '');
}

/** Returns the text of a number or a string; undefined for other types. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const json = stringifyJson(value);
  return /^[-\d]/.test(json) ? json : undefined;
}

/** The message, or the SDK's if the number has too many digits. */
function digits(message: string): Message {
  return (given) => {
    const problem = moneyProblem(textOf(given) ?? '');
    return problem?.endsWith('digits or fewer') ? problem : message;
  };
}

function complaint(message: Message) {
  return ({ input }: { readonly input?: unknown }) => {
    if (input === undefined) return 'is required';
    return typeof message === 'string' ? message : message(input);
  };
}

/** An integer in a query; given once. */
function wholeFrom(least: number, most: number, unless: number) {
  const error = `must be one whole number from ${least} to ${most}`;
  const read = (value: unknown) => {
    if (value === '') return undefined;
    return typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  };
  const whole = z.int({ error, abort: true }).min(least, error).max(most, error);
  return z
    .preprocess(read, whole.default(unless))
    .default(unless)
    .meta({ override: { default: unless } });
}

function isQuantity(value: unknown): boolean {
  return quantityProblem(textOf(value)) === undefined;
}

function isMoney(value: unknown): boolean {
  // An exponent stands only in a JSON number.
  const isDecimal = typeof value !== 'string' || /^\d+(\.\d+)?$/.test(value);
  return isDecimal && moneyProblem(textOf(value)) === undefined;
}

function isWorth(value: unknown): boolean {
  return isMoney(value) && /^[0.]*[1-9]/.test(textOf(value) ?? '');
}

function isMetadata(value: unknown): boolean {
  return isObject(value) && isStorable(value) && stringifyJson(value).length <= LARGEST_METADATA;
}

/** Whether the ledger takes the numbers in a value: whole ones of any length in digits, and others as doubles. */
function isStorable(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isStorable);
  if (isObject(value)) return Object.values(value as object).every(isStorable);
  // A number that a double would change is an instance of a class.
  const isNumber = typeof value === 'object' && value !== null;
  return !isNumber || /^-?\d+$/.test(String(value)) || Number.isFinite(Number(String(value)));
}

/** Whether the value was an object in the JSON: a number with many digits is parsed as an instance of a class. */
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
