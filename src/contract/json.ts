import { parse } from 'lossless-json';

/** A number as the text that it came with: what is stored and compared is never a float. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** A property that is undefined is not written. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** A count as a JSON number. */
export function count(value: number): JsonNumber {
  return new JsonNumber(value.toString());
}

/** Deeper nesting could overflow the stack of one endorser and not of another. */
const MAX_DEPTH = 100;

/** @throws SyntaxError for malformed JSON, a repeated name with another value, or nesting that is too deep. */
export function parseJson(text: string): Json {
  refuseDeepNesting(text);
  return parseRow(text);
}

/** The same for a text that the contract has written, which may nest what it was given in a few levels more. */
export function parseRow(text: string): Json {
  return parse(text, null, (digits) => new JsonNumber(digits)) as Json;
}

/**
 * JSON with sorted names and no white space: the same bytes for the same value, on every endorser. Names are sorted by
 * UTF-16 code units, and a number keeps its text.
 */
export function canonicalJson(value: Json): string {
  if (value instanceof JsonNumber) return value.text;
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter((member): member is [string, Json] => member[1] !== undefined)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof JsonNumber);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** By UTF-16 code units: no locale has a say. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** @throws SyntaxError */
export function refuseDeepNesting(text: string): void {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (isInString) {
      if (character === '\\') index += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if ('[{'.includes(character)) depth += 1;
    else if (']}'.includes(character)) depth -= 1;
    if (depth > MAX_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_DEPTH} levels deep`);
  }
}
