import * as z from 'zod/mini';
import { isPlainObject } from '../core/shapes.js';

/** Headers that cannot be given, in lower case, and why. */
const RESERVED: readonly (readonly [names: RegExp, why: string])[] = [
  [
    /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.+)$/,
    'fetch sets it',
  ],
  [/^idempotency-key$/, 'use the option `idempotencyKey` of the call'],
  [/^x-api-key$/, 'use the option `apiKey` of the client'],
  [/^(?:accept|content-.+)$/, 'the SDK sends and reads JSON'],
  [/^(?:cache-control|pragma)$/, 'use the option `cache`, of the client and of a call'],
  [/^(?:if-.+|range)$/, 'the SDK reads whole, current answers'],
  [/^x-(?:http-)?method(?:-override)?$/, 'it would turn the request into another'],
];
/** A token. @see RFC 9110, section 5.6.2 */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
// Headers takes other control characters, and fetch then refuses them.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that a request can carry, each once, by their names in lower case; undefined ones are omitted. */
export const headersSchema = z.pipe(
  z.custom<Readonly<Record<string, string | undefined>>>(isPlainObject, 'must be an object of names and texts'),
  z.transform((given, context) => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      const key = name.toLowerCase();
      const message = Object.hasOwn(headers, key) ? 'is given twice, in two spellings' : headerProblem(key, value);
      if (message) context.issues.push({ code: 'custom', path: [name], message, input: value });
      headers[key] = value;
    }
    return headers;
  }),
);

/** What is wrong with a header, its name in lower case, as the rest of a sentence; undefined if a request can carry it. */
function headerProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  const reserved = RESERVED.find(([names]) => names.test(name));
  if (reserved) return `is reserved: ${reserved[1]}`;
  if (NAME.test(name) && VALUE.test(value)) return undefined;
  // White space and line breaks around it are removed.
  try {
    return VALUE.test(new Headers({ [name]: value }).get(name) ?? '') ? undefined : 'must be a valid HTTP header';
  } catch {
    return 'must be a valid HTTP header';
  }
}

/** Milliseconds; longer ones are clamped: an epoch time, a typing error. */
const MAX_RETRY_AFTER = 3_600_000;

// IMF-fixdate, RFC 850 and asctime: Date.parse alone reads "1.5" as a date, and asctime as local time.
const WITH_ZONE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2}) \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads Retry-After: milliseconds from now, at most an hour, or `undefined` if it is not usable. A date counts from the
 * response's own `Date`, by the server's clock; without one from this machine's.
 *
 * @see RFC 9110, section 10.2.3: seconds, or an HTTP date.
 */
export function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('Retry-After')?.trim() ?? '';
  const date = httpDate(text);
  if (/^\d+$/.test(text)) return Math.min(MAX_RETRY_AFTER, Number(text) * 1000);
  if (date === undefined) return undefined;
  return Math.min(MAX_RETRY_AFTER, Math.max(0, date - (httpDate(headers.get('Date') ?? '') ?? Date.now())));
}

/** Epoch milliseconds. @see RFC 9110, section 5.6.7 */
function httpDate(text: string): number | undefined {
  const isAsctime = ASCTIME.test(text);
  const date = isAsctime || WITH_ZONE.test(text) ? Date.parse(isAsctime ? `${text} GMT` : text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}
