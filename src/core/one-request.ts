import { ConfigurationError } from '../errors.js';

const ADVICE =
  'Make the client in the handler: on Cloudflare Workers nothing that waits may be shared between requests. Nothing was sent.';

/**
 * Checks that a client can work here. Cloudflare Workers refuse random values while a module is loaded.
 *
 * @throws ConfigurationError
 */
export function ensureMayBegin(): void {
  try {
    crypto.randomUUID();
  } catch (cause) {
    throw new ConfigurationError(`The Spydra client cannot be made here. ${ADVICE}`, { cause });
  }
}

/**
 * Returns a check that throws ConfigurationError in another request than this one. Cloudflare Workers tie timers and
 * signals to the request that made them: a write in another one would end unknown, or never. Elsewhere it never throws.
 */
export function boundToRequest(): () => void {
  const { signal } = new AbortController();
  const isUsable = () => !signal.aborted;
  // A signal belongs to the request that first looks at it.
  isUsable();
  return () => {
    try {
      isUsable();
    } catch (cause) {
      throw new ConfigurationError(`This Spydra client was made for another request. ${ADVICE}`, { cause });
    }
  };
}
