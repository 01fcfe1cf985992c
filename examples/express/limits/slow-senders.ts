import type { ServerOptions } from 'node:http';

/** Milliseconds for a client to send a request's headers, and all of it. */
const HEADERS = 10_000;
const WHOLE = 30_000;
/** Milliseconds between two looks for those that are too slow. */
const LOOK_AGAIN = 1_000;

/** Options of `createServer` that end connections on which a request does not come in, however slowly it drips. */
export function slowSenders(requestTimeout: number): ServerOptions {
  return {
    headersTimeout: Math.min(HEADERS, requestTimeout),
    requestTimeout: Math.min(WHOLE, requestTimeout),
    connectionsCheckingInterval: Math.min(LOOK_AGAIN, requestTimeout),
  };
}
