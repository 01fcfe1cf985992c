import type { Socket } from 'node:net';
import { ConnectionError, DeadlineExceededError, TimeoutError } from 'spydra-sdk';
import { ProxyAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { closedUrl } from '../../helpers/scripted-server.js';
import { advancing, fakeTimeOverSockets, until } from '../../helpers/time.js';
import { agentOf, MINT, over, socketServer, spydra } from './dispatchers.js';

describe('a write of which no byte was sent', () => {
  it.each([
    ['407', (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 407 No\r\n\r\n'))],
    ['502', (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 502 No\r\n\r\n'))],
    ['503', (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 503 No\r\n\r\n'))],
    ['a closed connection', (socket: Socket) => void socket.once('data', () => socket.destroy())],
    ['nothing', () => {}],
  ])('is not applied if a proxy responds to CONNECT with %s', async (_answer, onSocket) => {
    const server = await spydra();
    const proxy = await socketServer(onSocket);
    const fetch = over(new ProxyAgent({ uri: `http://${proxy}`, proxyTunnel: true }));
    const client = testClient({ baseUrl: server.url, fetch, timeout: 200, retries: 1 });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ outcome: 'not-applied', retryable: true });
    expect(server.seen).toEqual([]);
  });

  it('is not applied if the port of the proxy is closed', async () => {
    const server = await spydra();
    const fetch = over(new ProxyAgent({ uri: await closedUrl(), proxyTunnel: true }));
    const error = await rejection(testClient({ baseUrl: server.url, fetch, retries: 0 }).tokens.mint(MINT));
    expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'not-applied' });
  });

  it('is not applied when the timeout ends a TLS handshake that hangs', async () => {
    const baseUrl = `https://${await socketServer(() => {})}`;
    const error = await rejection(testClient({ baseUrl, timeout: 100, retries: 1 }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: true });
  });

  it('is not applied when the deadline ends a TLS handshake that hangs', async () => {
    const baseUrl = `https://${await socketServer(() => {})}`;
    const error = await rejection(testClient({ baseUrl }).tokens.mint(MINT, { deadline: 100 }));
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error).toMatchObject({ outcome: 'not-applied' });
  });

  it('is sent again after a hanging connection, and applied once', async () => {
    const server = await spydra();
    let connections = 0;
    const agent = agentOf((connected) => {
      if (++connections > 1) connected(server.url);
    });
    const pass = await fakeTimeOverSockets();
    const call = testClient({ baseUrl: server.url, fetch: over(agent) }).tokens.mint(MINT);
    await until(() => connections === 1);
    await pass(30_000);
    expect(await advancing(pass, call)).toMatchObject({ status: 'committed' });
    expect(server.of('POST')).toHaveLength(1);
  });

  it.each([
    ['Expect', '100-continue'],
    ['Transfer-Encoding', 'chunked'],
    ['Keep-Alive', 'timeout=5'],
  ])('is not applied if fetch refuses the header %s', async (name, value) => {
    const server = await spydra();
    const fetch: typeof globalThis.fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set(name, value);
      return globalThis.fetch(url, { ...init, headers });
    };
    const client = testClient({ baseUrl: server.url, fetch, timeout: 300, retries: 0 });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ outcome: 'not-applied' });
    expect(server.seen).toEqual([]);
  });

  it('is not applied if HTTPS is sent to a server of plain HTTP', async () => {
    const server = await spydra();
    const client = testClient({ baseUrl: server.url.replace('http:', 'https:'), retries: 0 });
    const error = await rejection(client.tokens.mint(MINT));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: true });
  });

  it('is not applied if plain HTTP gets a TLS alert', async () => {
    const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 70]);
    const address = await socketServer((socket) => socket.once('data', () => socket.end(alert)));
    const error = await rejection(testClient({ baseUrl: `http://${address}`, retries: 0 }).tokens.mint(MINT));
    expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'not-applied' });
  });
});
