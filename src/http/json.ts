import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import { exactDecimal } from '../amounts.js';

// Where a number token begins, and one that JSON.parse could round: 16 digits and more, or an exponent. A string that
// looks like one only costs time.
const MAY_LOSE_DIGITS = /(?:^|[\s:,[])-?(?:\d[\d.]{15}|\d[\d.]*[eE])/;

/**
 * Parses JSON without losing a digit: integers beyond 2^53 become `bigint`, decimals that a float would
 * change become decimal strings, every other number is a `number`.
 *
 * @throws SyntaxError if the text is not JSON.
 * @example
 * ```ts
 * parseJson('{"amount": 1000000000000000000000000000000}'); // { amount: 10n ** 30n }
 * ```
 */
export function parseJson(text: string): unknown {
  return MAY_LOSE_DIGITS.test(text) ? parse(text, undefined, EXACTLY) : JSON.parse(text);
}

// Of a key that stands twice the last one counts, as with JSON.parse.
const EXACTLY = { parseNumber: exactNumber, onDuplicateKey: ({ newValue }: { newValue: unknown }) => newValue };

function exactNumber(token: string): number | bigint | string {
  const decimal = exactDecimal(token);
  if (decimal === undefined) throw new SyntaxError(`The number ${token.slice(0, 40)} is beyond what is read`);
  const number = Number(token);
  if (/^-?\d+$/.test(decimal)) return Number.isSafeInteger(number) ? number : BigInt(decimal);
  return exactDecimal(String(number)) === decimal ? number : decimal;
}

/**
 * A decimal that {@link stringifyJson} writes as a JSON number, with all its digits.
 *
 * @example
 * ```ts
 * stringifyJson({ price: jsonNumber('33.333333333333333333') }); // {"price":33.333333333333333333}
 * ```
 */
export function jsonNumber(decimal: string): unknown {
  return new LosslessNumber(decimal);
}

/**
 * Writes JSON without losing a digit: `bigint` and {@link jsonNumber} become JSON numbers.
 *
 * @example
 * ```ts
 * response.type('json').send(stringifyJson(await spydra.tokens.supply(assetId)));
 * ```
 */
export function stringifyJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** Whether JSON can say the value and {@link stringifyJson} gives it back unchanged. */
export function isJson(value: unknown, depth = 0): boolean {
  if (value === null || ['string', 'boolean', 'bigint'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (isLosslessNumber(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => item === undefined || isJson(item, depth + 1));
}

/** A copy in depth of what {@link isJson} takes. */
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyJson);
  if (typeof value !== 'object' || value === null || isLosslessNumber(value)) return value;
  if (value instanceof Date) return new Date(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]));
}

/** Deeper than any document; above it a value may well contain itself. */
const MAX_DEPTH = 64;
