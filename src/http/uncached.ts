import { isError } from '../core/shapes.js';
import { isBeingSent } from './sending.js';

type Fetch = typeof globalThis.fetch;

/** How runtimes refuse the option: `The 'cache' field on 'RequestInitializerDict' is not implemented` (workerd). */
const REFUSALS = [
  /\bcache\b['"`]? (?:field|option|property|member)\b.*(?:not implemented|not supported|unsupported)/i,
  /\b(?:unsupported|unimplemented) cache (?:mode|option)\b/i,
];

/**
 * A fetch with `cache: 'no-store'`. Some edge runtimes refuse the option before they send anything: there it is omitted
 * from then on. Once the option was accepted, no error counts as its refusal.
 */
export function uncached(fetch: Fetch): Fetch {
  let isTaken: boolean | undefined;
  return async (input, init) => {
    if (isTaken === false) return fetch(input, init);
    try {
      const response = await fetch(input, { ...init, cache: 'no-store' } as RequestInit);
      isTaken = true;
      return response;
    } catch (error) {
      const key = new Headers(init?.headers).get('Idempotency-Key');
      if (isTaken || !isRefusal(error) || (key !== null && isBeingSent(key))) throw error;
      isTaken = false;
      return fetch(input, init);
    }
  };
}

function isRefusal(error: unknown): boolean {
  // An error with a cause, a code or a system call is one of the network.
  if (!isError(error) || error.cause !== undefined || 'code' in error) return false;
  return REFUSALS.some((refusal) => refusal.test(error.message));
}
