import { isLosslessNumber } from 'lossless-json';
import { parseJson } from 'spydra-sdk';
import { expect } from 'vitest';
import { isLong } from '../scale.js';
import { namesOf } from './named.js';
import type { FuzzedRequest } from './requests.js';

/** The correct responses for the routes of a document. */
export interface Rules {
  /** Whether the request's body is valid by the document's schemas. */
  readonly isBySchema: (request: FuzzedRequest, body: unknown) => boolean;
  /** Messages of documented refusals of requests that are valid by the schemas. */
  readonly documented: readonly RegExp[];
  /** Whether a 504 is correct. */
  readonly mayBeUnknown?: (request: FuzzedRequest) => boolean;
}

interface Judged {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
}

/** The number of responses of each kind. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Throws for an incorrect response; counts a correct one. */
  judge(request: FuzzedRequest, answer: Judged, rules: Rules): void {
    const { status, text, body } = answer;
    const { code = 'OK', details } = (body ?? {}) as { code?: string; details?: { field: string; message: string }[] };
    const problems = Array.isArray(details) ? details : [];
    const parsed = parsedBy(JSON.parse, request.body);
    if (!(status === 504 && rules.mayBeUnknown?.(request))) expect(status, text).toBeLessThan(500);
    if (status === 400 && parsed !== undefined && isAsSaid(request)) {
      const fields = problems.map(({ field }) => field);
      const names = namesOf(request, parsed);
      expect(fields, text).not.toEqual([]);
      expect(fields.filter((field) => !names.has(field))).toEqual([]);
    }
    const isValid = isAsSaid(request) && rules.isBySchema(request, parsedBy(exactly, request.body));
    if (isValid && status === 400) {
      const isDocumented = (message: string) => rules.documented.some((reason) => reason.test(message));
      expect(problems.length, text).toBeGreaterThan(0);
      expect(problems.filter(({ message }) => !isDocumented(message))).toEqual([]);
    }
    const kind = `${isValid ? 'by schema' : 'other'}: ${status} ${code}`;
    this.#count(kind);
    if (isValid) for (const { message } of problems) this.#count(`${kind}: ${message.replace(/ encountered.*/, '')}`);
  }

  /** Prints them in long forms. */
  print(): void {
    if (!isLong) return;
    const rows = [...this.#counts].sort().map(([kind, count]) => `${String(count).padStart(6)}  ${kind}\n`);
    process.stdout.write(rows.join(''));
  }

  #count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

/** Whether it has the route's method and a correct Content-Type and encoding. */
function isAsSaid({ operation, method, headers }: FuzzedRequest): boolean {
  return operation.route.startsWith(`${method} `) && !('Content-Encoding' in headers);
}

function parsedBy(parse: (source: string) => unknown, source: string | undefined): unknown {
  try {
    return source === undefined ? undefined : parse(source);
  } catch {
    return undefined;
  }
}

/** As floats, but whole only if the number is, and zero only if it is. */
function exactly(source: string): unknown {
  return asFloats(parseJson(source, { decimals: 'number' }));
}

function asFloats(value: unknown): unknown {
  if (typeof value === 'bigint') return Math.min(Number(value), Number.MAX_VALUE);
  if (isLosslessNumber(value)) return Number.isInteger(Number(value)) ? 0.5 : Number(value);
  if (Array.isArray(value)) return value.map(asFloats);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asFloats(inner)]));
}
