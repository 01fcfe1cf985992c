import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** A number with its original text. */
export interface ExactNumber {
  readonly value: string;
  readonly isLosslessNumber: boolean;
  valueOf(): number | bigint;
  toString(): string;
}

/** A JSON value. A number keeps its text, and so every digit. */
export type Json = null | boolean | string | number | bigint | ExactNumber | readonly Json[] | JsonObject;

/** A JSON object; a property that is undefined is not written. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Deeper nesting would overflow the stack of a recursive walk. */
const MAX_DEPTH = 100;

/** A number with 16 digits or more, a point or an exponent, or -0, in a text without white space. */
const MAY_LOSE_DIGITS = /[:,[]-?(?:\d{16}|\d+[.eE])|[:,[]-0/;

/**
 * Parses JSON without losing a digit.
 *
 * @throws SyntaxError on malformed JSON or a repeated key.
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

/**
 * The same for a text that {@link toJson} wrote, several times as fast. A number whose text a float keeps becomes
 * a float.
 *
 * @throws SyntaxError on malformed JSON.
 */
export function parseStoredJson(text: string): Json {
  const value: Json = JSON.parse(text);
  const isExact = !MAY_LOSE_DIGITS.test(text) || JSON.stringify(value) === text;
  return isExact ? value : (parse(text, null, toShortestNumber) as Json);
}

/** Writes JSON; bigints become numbers with all their digits. */
export function toJson(value: Json): string {
  return stringify(value) ?? 'null';
}

/** JSON with sorted keys and no white space: the same for equal values. */
export function canonicalJson(value: Json): string {
  return toJson(sortKeys(value));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function toLosslessNumber(text: string): LosslessNumber {
  return new LosslessNumber(text);
}

function toShortestNumber(text: string): number | LosslessNumber {
  const float = Number(text);
  return String(float) === text ? float : toLosslessNumber(text);
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
