import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { config } from './config';
import { drain } from './draining';

/** Milliseconds after which a process that drains exits. */
const DRAIN_LIMIT = 10_000;

/** @throws Error if the configuration is not valid. */
export function startServer(): void {
  config();
  const hops = Number(process.env.TRUST_PROXY || 0);
  // Before the first handler: whatever reads the header reads the person's address.
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers['x-forwarded-for'] = addressOf(request, hops);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      drain();
      setTimeout(() => process.exit(0), DRAIN_LIMIT).unref();
    });
  }
}

/** The person's address: that of the connection, or what the outermost of so many trusted proxies has seen. */
export function addressOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, hops: number): string {
  const connected = socket.remoteAddress ?? '';
  if (hops === 0) return connected;
  const chain = [headers['x-forwarded-for'] ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((address) => address.trim());
  const claimed = chain.at(-hops) ?? '';
  return isIP(claimed) ? claimed : connected;
}
