import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import { refuseDeepNesting } from '../contract/json.js';

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
 * @throws SyntaxError also on nesting that is deeper than the contract takes.
 */
export function parseForeignJson(text: string): Json {
  refuseDeepNesting(text);
  return parseJson(text);
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
