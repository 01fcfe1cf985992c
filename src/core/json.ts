import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import { type Scientific, scientific, wholeOf, writtenOut } from './amounts.js';
import { dateOf, isPlainObject } from './shapes.js';

// A number token that JSON.parse could round: 16 digits and more, or an exponent. A match within a string only costs
// time.
const MAY_LOSE_DIGITS = /(?:^|[\s:,[])-?(?:\d[\d.]{15}|\d[\d.]*[eE])/;

/** No float has more significant digits. */
const FLOAT_DIGITS = 17;

/** Deeper than any document, and far from a stack overflow of a recursive function. */
const MAX_NESTING = 200;

/** How {@link parseJson} reads. */
export interface ParseJsonOptions {
  /**
   * What becomes of a number that neither a `number` nor a `bigint` holds exactly. `'string'`, the default: its digits.
   * `'number'`: a {@link jsonNumber}, which cannot be taken for a text. `String()` gives its digits.
   */
  readonly decimals?: 'string' | 'number' | undefined;
}

/**
 * Parses JSON without losing a digit: integers beyond 2^53 become `bigint`, decimals that a float would
 * change become decimal strings, every other number is a `number`. One with an exponent beyond 400, or of more than
 * 1,000 characters, stays the text that it is, as a string: `'1e999'`.
 *
 * @throws SyntaxError if the text is not JSON, or is nested more than 200 levels deep.
 * @example
 * ```ts
 * parseJson('{"amount": 1000000000000000000000000000000}'); // { amount: 10n ** 30n }
 * ```
 */
export function parseJson(text: string, { decimals = 'string' }: ParseJsonOptions = {}): unknown {
  if (isNestedTooDeep(text)) throw new SyntaxError(`JSON is nested more than ${MAX_NESTING} levels deep`);
  return MAY_LOSE_DIGITS.test(text) ? parse(text, undefined, READERS[decimals]) : JSON.parse(text);
}

const READERS = { string: readerOf((decimal) => decimal), number: readerOf(jsonNumber) };

function readerOf(decimalOf: (decimal: string) => unknown) {
  const parseNumber = (token: string) => {
    const exact = scientific(token);
    if (!exact) return decimalOf(token);
    return floatOf(token, exact) ?? (exact.exponent < 0 ? decimalOf(writtenOut(exact)) : wholeOf(exact));
  };
  // Of duplicate keys the last one counts, as with JSON.parse.
  return { parseNumber, onDuplicateKey: ({ newValue }: { newValue: unknown }) => newValue };
}

/** The float that is exactly this number, if there is one: a safe integer, or a decimal that the float gives back. */
function floatOf(token: string, { sign, digits, exponent }: Scientific): number | undefined {
  if (digits.length + Math.max(0, exponent) > FLOAT_DIGITS) return undefined;
  const number = Number(token);
  if (exponent >= 0) return Number.isSafeInteger(number) ? number : undefined;
  const given = scientific(String(number));
  const isSame = given?.sign === sign && given.digits === digits && given.exponent === exponent;
  return isSame ? number : undefined;
}

function isNestedTooDeep(text: string): boolean {
  if (!hasManyBrackets(text)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) depth++;
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

const [QUOTE, BACKSLASH, OPEN_BRACKET, OPEN_BRACE, CLOSE_BRACKET, CLOSE_BRACE] = [0x22, 0x5c, 0x5b, 0x7b, 0x5d, 0x7d];

/** Where the quote is that ends the string which begins there. */
function endOfString(text: string, begin: number): number {
  let end = begin;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((end - before) % 2 === 0) return end;
  }
}

/** Whether so many brackets open that they could be nested too deep: far faster to see than how they are. */
function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const bracket of '{[') {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_NESTING) return true;
    }
  }
  return false;
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

/** Whether JSON can represent the value, and {@link stringifyJson} preserves it. */
export function isJson(value: unknown, depth = 0): boolean {
  if (value === null || ['string', 'boolean', 'bigint'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  if (isLosslessNumber(value)) return true;
  if (isPlainObject(value)) return Object.values(value).every((item) => item === undefined || isJson(item, depth + 1));
  const date = dateOf(value);
  return date !== undefined && !Number.isNaN(date.getTime());
}

/** A copy in depth of what {@link isJson} takes, and of a map of it. */
export function copyJson<T>(value: T): T;
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => copyJson(item));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copyJson(item)]));
  if (!isPlainObject(value)) return dateOf(value) ?? value;
  const copy: Record<string, unknown> = { ...value };
  for (const name in copy) {
    const item = copy[name];
    if (typeof item !== 'object' || item === null) continue;
    // An assignment would set the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: copyJson(item) });
    else copy[name] = copyJson(item);
  }
  return copy;
}

/** Deeper than any document; above it a value may well contain itself. */
const MAX_DEPTH = 64;
