import * as z from 'zod';

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
// Headers takes other control characters, and fetch then refuses them.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that a request can carry, each once, by their names in lower case; undefined ones are omitted. */
export const headersSchema = z
  .record(z.string(), z.string().optional(), 'must be an object of names and texts')
  .transform((given, context) => {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      const key = name.toLowerCase();
      const message = Object.hasOwn(headers, key) ? 'is given twice, in two spellings' : headerProblem(name, value);
      if (message) context.addIssue({ code: 'custom', path: [name], message });
      headers[key] = value;
    }
    return headers;
  });

/** What is wrong with a header, as the rest of a sentence; undefined if a request can carry it. */
function headerProblem(name: string, value: string): string | undefined {
  const reserved = RESERVED.find(([names]) => names.test(name.toLowerCase()));
  if (reserved) return `is reserved: ${reserved[1]}`;
  try {
    return VALUE.test(new Headers({ [name]: value }).get(name) ?? '') ? undefined : 'must be a valid HTTP header';
  } catch {
    return 'must be a valid HTTP header';
  }
}
