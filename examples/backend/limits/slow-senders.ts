import type { ServerOptions } from 'node:http';

/** Milliseconds in which a client must send the headers, and the whole request. */
const HEADERS = 10_000;
const WHOLE = 30_000;
/** Milliseconds between two checks of open connections. */
const LOOK_AGAIN = 1_000;

/** Options of `createServer` that close connections whose clients send too slowly (slowloris). */
export function slowSenders(requestTimeout: number): ServerOptions {
  return {
    headersTimeout: Math.min(HEADERS, requestTimeout),
    requestTimeout: Math.min(WHOLE, requestTimeout),
    connectionsCheckingInterval: Math.min(LOOK_AGAIN, requestTimeout),
  };
}
