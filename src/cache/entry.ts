import type * as z from 'zod/mini';
import { parseJson } from '../core/json.js';
import type { Moment } from './clocks.js';

/** A cached answer as it stands in a store. */
export interface Entry {
  /** Under which it was stored, of one line: a store may take two keys for one. */
  readonly key: string;
  /** The versions of its tags as they were before its load began. */
  readonly versions: readonly string[];
  readonly loadedAt: Moment;
  /** Milliseconds for which it is served. */
  readonly lifetime: number;
  /** The answer as JSON. */
  readonly body: string;
}

/** The body of an entry that says that there is none. */
export const MISSING = 'null';

const HEAD = /^3 (\d+) (\d+) (\d+) ([^\n]*)\n([^\n]*)\n/;

export function writeEntry({ key, versions, loadedAt, lifetime, body }: Entry): string {
  return `3 ${loadedAt.steady} ${loadedAt.system} ${lifetime} ${versions.join(' ')}\n${key}\n${body}`;
}

/** The entry that a text from under this key holds, if it holds one. */
export function readEntry(key: string, text: string | undefined): Entry | undefined {
  const head = text === undefined ? null : HEAD.exec(text);
  if (text === undefined || !head) return undefined;
  const [lines, steady, system, lifetime, versions = '', stored] = head;
  if (stored !== key) return undefined;
  return {
    key,
    versions: versions === '' ? [] : versions.split(' '),
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
