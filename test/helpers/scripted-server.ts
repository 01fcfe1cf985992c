import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Returns the response to the n-th request (from 1) of its method and path. */
export type Script = (request: Seen, response: ServerResponse, n: number) => void;

/** A real HTTP server with scripted responses that records requests, closed when the test is over. */
export async function scriptedServer(script: Script) {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body };
    seen.push(request);
    script(request, response, count(request));
  });
  server.on('connection', (socket) => sockets.add(socket));
  const count = ({ method, path }: Pick<Seen, 'method' | 'path'>) =>
    seen.filter((request) => request.method === method && request.path === path).length;

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    seen,
    sockets,
    of: (method: string) => seen.filter((r) => r.method === method),
  };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A URL at which no server listens. */
export async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
