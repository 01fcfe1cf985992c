import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpHandler, MAX_BODY_BYTES, notFound, refuse } from './http.js';
import { refuseUnknown } from './unknown-names.js';

/** The address on which a sandbox listens. */
export interface ListenOptions {
  /** 0, the default, selects a free one. */
  readonly port?: number;
  /** The address to bind; only this computer can reach the default, 127.0.0.1. */
  readonly host?: string;
}

/** A listening sandbox. */
export interface SandboxServer {
  /** Without a trailing slash, such as `http://127.0.0.1:4010`. A client's `baseUrl` is this and `/v2`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection, including active ones. May be called again. */
  close(): Promise<void>;
}

/** How much of a body beyond the limit is read and discarded, so that its sender reads the response. */
const MAX_DISCARDED_BYTES = 64 * MAX_BODY_BYTES;

/**
 * Serves a handler over HTTP.
 *
 * @throws Error with Node's code, such as EADDRINUSE, if it cannot listen there; RangeError for an unknown option.
 */
export async function listen(handle: HttpHandler, where: ListenOptions): Promise<SandboxServer> {
  ensureObject(where);
  refuseUnknown(where, ['port', 'host'], 'listen()');
  const { port = 0, host = '127.0.0.1' } = where;
  const server = createServer((incoming, outgoing) => {
    // It fails if the client has disconnected: then there is no response.
    exchange(handle, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    close: () => {
      server.close();
      server.closeAllConnections();
      return closed;
    },
  };
}

async function exchange(handle: HttpHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const request = toRequest(incoming, await readBody(incoming));
  const response = request ? await handle(request) : refuse(notFound(incoming.method, incoming.url));
  if (response.type === 'error') return void outgoing.destroy();
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  outgoing.end(await response.text());
}

function ensureObject(where: unknown): void {
  if (typeof where === 'object' && where !== null && !Array.isArray(where)) return;
  throw new RangeError('listen takes an object, such as { port: 4010 }.');
}

/** The body up to a little beyond the limit, which is enough for the handler to see that it is too large. */
async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (size <= MAX_BODY_BYTES) kept.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY_BYTES + MAX_DISCARDED_BYTES) throw new Error('The client does not stop sending.');
  }
  return Buffer.concat(kept);
}

/** Undefined for what a `Request` cannot represent, such as the method TRACE or a target that is no URL. */
function toRequest({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Request | undefined {
  try {
    const init = { method, headers: new Headers(headers as Record<string, string>) };
    const takesBody = method !== 'GET' && method !== 'HEAD';
    // The host that the client used, if it is valid.
    const base = URL.canParse(`http://${headers.host}`) ? `http://${headers.host}` : 'http://sandbox';
    return new Request(new URL(url, base), takesBody ? { ...init, body } : init);
  } catch {
    return undefined;
  }
}
