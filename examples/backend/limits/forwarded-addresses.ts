import { isIP } from 'node:net';
import type { RequestHandler } from 'express';

const HEADER = 'x-forwarded-for';
/** `203.0.113.2:50000`, `[2001:db8::1]:50000` or `[2001:db8::1]`. */
const WITH_PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):\d*|\[([\da-f:.]+)\](?::\d*)?)$/i;
/** Replaces values that are not addresses: such requests share one count. */
const NO_ADDRESS = '0.0.0.0';

/**
 * Removes ports, which some proxies add, and invalid addresses from X-Forwarded-For: otherwise each connection would
 * count as another address.
 */
export const forwardedAddresses: RequestHandler = (request, _response, next) => {
  const chain = request.headers[HEADER];
  if (typeof chain === 'string') request.headers[HEADER] = chain.split(',').map(addressIn).join(', ');
  next();
};

function addressIn(text: string): string {
  const [, v4, v6] = WITH_PORT.exec(text.trim()) ?? [];
  const address = v4 ?? v6 ?? text.trim();
  // The zone of an IPv6 address, after `%`, can be any text.
  return isIP(address) && !address.includes('%') ? address : NO_ADDRESS;
}
