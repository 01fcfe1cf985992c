/** A failure of a request, as fetch reports it. */
export interface Fault {
  readonly name: string;
  readonly fail: () => Response | Promise<Response>;
  /** Whether the server may have applied a write that failed so. */
  readonly mayBeApplied: boolean;
  /** Whether a write that failed so may be sent again. */
  readonly isSafe?: boolean;
}

const broken = (code: string) => (): Promise<Response> =>
  Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));

const status = (code: number, more: Partial<Fault> & { headers?: Record<string, string> } = {}): Fault => ({
  name: `${code}${more.headers ? ' with Retry-After' : ''}`,
  fail: () => Response.json({ message: 'because' }, { status: code, ...(more.headers && { headers: more.headers }) }),
  mayBeApplied: true,
  ...more,
});

const soon = { headers: { 'Retry-After': '0' } };

/** At least one failure of each kind in the retry table. */
export const FAULTS: readonly Fault[] = [
  { name: 'refused', fail: broken('ECONNREFUSED'), mayBeApplied: false, isSafe: true },
  { name: 'no such host', fail: broken('ENOTFOUND'), mayBeApplied: false, isSafe: true },
  status(429, { mayBeApplied: false, isSafe: true }),
  status(429, { ...soon, mayBeApplied: false, isSafe: true }),
  ...[400, 401, 403, 404, 418].map((code) => status(code, { mayBeApplied: false })),
  ...[302, 408, 409, 423, 425, 499, 500, 501, 502, 503, 504, 505, 520, 599].map((code) => status(code)),
  status(503, soon),
  { name: 'reset', fail: broken('ECONNRESET'), mayBeApplied: true },
  { name: 'an unknown error of fetch', fail: broken('ODD'), mayBeApplied: true },
  { name: 'not JSON', fail: () => new Response('<html>'), mayBeApplied: true },
  { name: 'an empty body', fail: () => new Response(''), mayBeApplied: true },
  { name: 'a body without what is relied on', fail: () => Response.json({ odd: true }), mayBeApplied: true },
];

/** How servers treat idempotency keys. */
export const SERVERS = [
  ['honours the header', { honoursHeader: true, filtersByKey: true }],
  ['filters by key', { filtersByKey: true }],
  ['ignores keys', {}],
] as const;
