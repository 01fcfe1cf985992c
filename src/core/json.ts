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
  return MAY_LOSE_DIGITS.test(text) ? parseLossless(text, DECIMALS[decimals]) : JSON.parse(text);
}

const DECIMALS = { string: (decimal: string): unknown => decimal, number: jsonNumber };

/** Strings with what is between them, up to a hundred at once, or a number that JSON.parse could round. */
const TOKENS =
  /(?:"|\\.)[^"\\]*(?:(?:"[\s:,{}[\]]*"|\\.)[^"\\]*){0,99}"?|(-?(?:\d[\d.]{15,}(?:[eE][+-]?\d+)?|\d[\d.]*[eE][+-]?\d+))/gs;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Above every number that JSON.parse is given otherwise: those have 15 digits at most. */
const PLACEHOLDER = 10 ** 15;

/** Lets JSON.parse read a text in which a placeholder stands for each number that it could round. */
function parseLossless(text: string, decimalOf: (decimal: string) => unknown): unknown {
  const numbers: unknown[] = [];
  const replaced = text.replace(TOKENS, (token, number?: string) => {
    if (number === undefined || !NUMBER.test(number)) return token;
    // The spaces keep apart what would be no JSON.
    return ` ${PLACEHOLDER + numbers.push(numberOf(number, decimalOf)) - 1} `;
  });
  try {
    return filledIn(JSON.parse(replaced), numbers);
  } catch (error) {
    // Its error shows the text that was given.
    JSON.parse(text);
    throw error;
  }
}

function numberOf(token: string, decimalOf: (decimal: string) => unknown): unknown {
  const exact = scientific(token);
  if (!exact) return decimalOf(token);
  return floatOf(token, exact) ?? (exact.exponent < 0 ? decimalOf(writtenOut(exact)) : wholeOf(exact));
}

/** The value with the numbers in their places. */
function filledIn(value: unknown, numbers: readonly unknown[]): unknown {
  if (typeof value === 'number') return value >= PLACEHOLDER ? numbers[value - PLACEHOLDER] : value;
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const item = fields[name];
    if (typeof item === 'number' || typeof item === 'object') fields[name] = filledIn(item, numbers);
  }
  return value;
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
  if (!NUMBER.test(decimal)) throw new SyntaxError(`${JSON.stringify(decimal)} is not a JSON number`);
  return new JsonNumber(decimal);
}

/** The mark of a LosslessNumber of lossless-json: both are written as numbers. No text of JSON can forge it. */
const MARK = Symbol.for('lossless-json.LosslessNumber');

class JsonNumber {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }

  get [MARK](): boolean {
    return true;
  }

  toString(): string {
    return this.value;
  }
}

/** Whether it is a {@link jsonNumber}, of whatever copy of the package. */
export function isJsonNumber(value: object): value is JsonNumber {
  return (value as { [MARK]?: unknown })[MARK] === true;
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
  return written(value) ?? 'null';
}

function written(value: unknown): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isJsonNumber(value)) return String(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return written(value.toJSON());
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text && ','}${written(item) ?? 'null'}`;
    return `[${text}]`;
  }
  for (const name of Object.keys(value)) {
    const item = written(value[name as keyof typeof value]);
    if (item !== undefined) text += `${text && ','}${JSON.stringify(name)}:${item}`;
  }
  return `{${text}}`;
}

/** Whether JSON can represent the value, and {@link stringifyJson} preserves it. */
export function isJson(value: unknown, depth = 0): boolean {
  if (value === null || ['string', 'boolean', 'bigint'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  if (isJsonNumber(value)) return true;
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
