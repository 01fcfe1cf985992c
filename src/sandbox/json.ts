import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** A JSON value. A number keeps the text it came with, so it goes out again to the last digit. */
export type Json = null | boolean | string | number | bigint | LosslessNumber | readonly Json[] | JsonObject;

/** A JSON object; a property that is undefined is not written. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Beyond this a number is no quantity of anything, and expanding it would only burn memory. */
const MAX_EXPONENT = 1_000;
/** Deeper nesting would overflow the stack of whoever walks the value. */
const MAX_DEPTH = 100;

/**
 * Parses JSON without losing a digit.
 *
 * @throws SyntaxError on malformed JSON, a repeated key or an absurd exponent.
 */
export function parseJson(text: string): Json {
  return parse(text, null, toLosslessNumber) as Json;
}

/**
 * The same for a text from outside.
 *
 * @throws SyntaxError also on absurd nesting.
 */
export function parseForeignJson(text: string): Json {
  try {
    const value = parseJson(text);
    refuseDeepNesting(value, MAX_DEPTH);
    return value;
  } catch (error) {
    // The parser is recursive, and so the deepest texts end it with a stack overflow.
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

/** Writes JSON; bigints become numbers with all their digits. */
export function toJson(value: Json): string {
  return stringify(value) ?? 'null';
}

/** JSON with sorted keys and no white space: equal for two texts that say the same. */
export function canonicalJson(value: Json): string {
  return toJson(sortKeys(value));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function toLosslessNumber(text: string): LosslessNumber {
  const exponent = text.split(/e/i)[1];
  if (exponent !== undefined && Math.abs(Number(exponent)) > MAX_EXPONENT) {
    throw new SyntaxError(`A number has the exponent ${exponent.slice(0, 20)}; at most ${MAX_EXPONENT} is accepted`);
  }
  return new LosslessNumber(text);
}

function refuseDeepNesting(value: Json, levelsLeft: number): void {
  if (typeof value !== 'object' || value === null || isLosslessNumber(value)) return;
  if (levelsLeft === 0) throw tooDeep();
  for (const child of Object.values(value)) refuseDeepNesting(child ?? null, levelsLeft - 1);
}

function tooDeep(): SyntaxError {
  return new SyntaxError(`Values are nested more than ${MAX_DEPTH} levels deep`);
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, child]) => [key, sortKeys(child ?? null)]));
}
