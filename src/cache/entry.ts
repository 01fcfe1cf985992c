import type * as z from 'zod/mini';
import { parseJson } from '../core/json.js';
import type { Moment } from './clocks.js';

/** A cached result as it is kept in a store. */
export interface Entry {
  /** The versions of its tags as they were before its load began. */
  readonly versions: readonly string[];
  readonly loadedAt: Moment;
  /** Milliseconds for which it is served. */
  readonly lifetime: number;
  /** The result as JSON. */
  readonly body: string;
}

/** A version of a tag. After the id: until when the tag is uncertain. A store may give any text. */
export const VERSION = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:@(\d{1,16}))?$/;

/** The body of an entry for what does not exist. */
export const MISSING = 'null';

const HEAD = /^3 (\d+) (\d+) (\d+) ([^\n]*)\n([^\n]*)\n/;

/** @param key - of one line, written with it: a store may take two keys for one */
export function writeEntry(key: string, { versions, loadedAt, lifetime, body }: Entry): string {
  return `3 ${loadedAt.steady} ${loadedAt.system} ${lifetime} ${versions.join(' ')}\n${key}\n${body}`;
}

/** The entry that a text from under this key holds, if it holds one. */
export function readEntry(key: string, text: string): Entry | undefined {
  const head = HEAD.exec(text);
  if (!head) return undefined;
  const [lines, steady, system, lifetime, list = '', stored] = head;
  const versions = list === '' ? [] : list.split(' ');
  if (stored !== key || !versions.every((version) => VERSION.test(version))) return undefined;
  return {
    versions,
    loadedAt: { steady: Number(steady), system: Number(system) },
    lifetime: Number(lifetime),
    body: text.slice(lines.length),
  };
}

/** The value that a body holds, if it is what it should be: others may write to a shared store. */
export function readBody<T>(body: string, schema: z.ZodMiniType<T>): T | undefined {
  try {
    const parsed = schema.safeParse(parseJson(body));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
