import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { connect } from 'node:tls';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isMissing } from '../../../test/helpers/programs.js';
import { allowedOrigins } from '../access/allowed-origins.js';
import { freePorts } from '../cluster/ports.js';
import { proxyBefore } from './helpers/proxied.js';

const lacksNginx = isMissing('nginx', 'openssl');

const PORTAL = 'https://portal.example';
const ORIGINS = [PORTAL, 'http://localhost:3000'];
const ASSETS = '/api/spydra/assets';
const LARGE = 'x'.repeat(5_000);
const CORS = /^(vary|access-control-.*)$/;

type Proxy = Awaited<ReturnType<typeof proxyBefore>>;

/** The headers for web pages, with lists in one order. */
function corsOf({ headers }: Awaited<ReturnType<Proxy['call']>>): Record<string, string> {
  const found = Object.entries<string[]>(headers).filter(([name]) => CORS.test(name));
  return Object.fromEntries(found.map(([name, values]) => [name, values.join().split(',').sort().join()]));
}

describe.skipIf(lacksNginx)('a response of nginx itself', () => {
  let proxy: Proxy;
  let server: Server;
  let port = 0;
  const asked: string[] = [];

  const app = express();
  app.use((request, response, next) => {
    asked.push(request.url);
    response.set('X-Request-Id', 'from-the-backend');
    if (request.url.includes('dies')) response.socket?.destroy();
    else next();
  });
  app.use(allowedOrigins(ORIGINS));
  app.use((_request, response) => void response.json({ from: 'the backend' }));

  const backend = async (isThere: boolean) => {
    server.closeAllConnections();
    if (isThere && !server.listening) await once(server.listen(port, '127.0.0.1'), 'listening');
    if (!isThere && server.listening) await once(server.close(), 'close');
  };

  beforeAll(async () => {
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    const adjust = (text: string) =>
      text.replaceAll('max_fails=1', 'max_fails=0').replace(/(client_(?:header|body)_timeout) 10s/g, '$1 1s');
    proxy = await proxyBefore({ backendPorts: [port], corsOrigins: ORIGINS.join(', '), adjust });
  });
  beforeEach(() => void asked.splice(0));
  afterAll(async () => {
    await proxy.stop();
    await backend(false);
  });

  it.each<[string, number, string, [string, string, object?, string?]]>([
    ['a read that no backend takes', 503, 'UPSTREAM_UNAVAILABLE', ['GET', ASSETS]],
    ['a write that no backend takes', 503, 'UPSTREAM_UNAVAILABLE', ['POST', ASSETS, {}, '{}']],
    ['a body that is too large', 413, 'BODY_TOO_LARGE', ['POST', ASSETS, {}, 'x'.repeat(102_401)]],
    ['a method that is not taken', 400, 'UNREADABLE_REQUEST', ['TRACE', ASSETS]],
    ['no route', 404, 'NO_SUCH_ROUTE', ['GET', '/metrics']],
    ['a header that is too large', 431, 'HEADERS_TOO_LARGE', ['GET', ASSETS, { 'X-Large': 'x'.repeat(9_000) }]],
    ['large headers', 431, 'HEADERS_TOO_LARGE', ['GET', ASSETS, { 'X-1': LARGE, 'X-2': LARGE, 'X-3': LARGE }]],
  ])('can be read by pages of allowed origins only: %s', async (_what, status, code, request) => {
    await backend(true);
    const ofBackend = corsOf(await proxy.call('GET', ASSETS, { Origin: PORTAL }));
    expect(ofBackend).toHaveProperty('access-control-expose-headers');
    await backend(false);
    const [method, path, headers = {}, body] = request;
    for (const [origin, cors] of [
      [PORTAL, ofBackend],
      ['https://evil.example', { vary: 'Origin' }],
    ] as const) {
      const answer = await proxy.call(method, path, { Origin: origin, ...headers }, body);
      expect(answer).toMatchObject({ status, body: { success: false, code, requestId: expect.any(String) } });
      expect(answer.body.requestId).toBe(answer.headers['x-request-id']?.join());
      expect(corsOf(answer)).toEqual(cors);
      expect(answer.headers['retry-after']).toEqual(status === 503 ? ['2'] : undefined);
    }
  });

  it.each(ORIGINS)('to a preflight request equals that of a backend: %s', async (origin) => {
    const asks = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-api-key' };
    const preflight = () => proxy.call('OPTIONS', '/api/spydra/tokens/mint', { Origin: origin, ...asks });
    await backend(true);
    const there = await preflight();
    await backend(false);
    const away = await preflight();
    expect([there.status, away.status]).toEqual([204, 204]);
    expect(corsOf(there)).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-max-age': '600' });
    expect(corsOf(away)).toEqual(corsOf(there));
  });

  it.each([
    'https://PORTAL.example',
    'https://portal.example.evil.example',
    'https://portal-example',
    'https://portal.exampl',
    'ttps://portal.example',
    'https://portal.example,',
    'https://portal.example, http://localhost:3000',
    'http://localhost:300',
    'http.*',
    'https://portal.example|x',
    '|',
    '*',
    'null',
  ])('cannot be read by a page of the origin %s', async (origin) => {
    await backend(false);
    expect(corsOf(await proxy.call('GET', ASSETS, { Origin: origin }))).toEqual({ vary: 'Origin' });
    expect(corsOf(await proxy.call('OPTIONS', ASSETS, { Origin: origin }))).toEqual({ vary: 'Origin' });
  });

  it('does not duplicate the CORS headers of a backend', async () => {
    await backend(true);
    const { headers } = await proxy.call('GET', ASSETS, { Origin: PORTAL });
    expect(headers['access-control-allow-origin']).toEqual([PORTAL]);
    expect(headers.vary).toEqual(['Origin']);
  });

  it('is 504 to a write that a backend received and did not respond to, and a page can read the key', async () => {
    await backend(true);
    const answer = await proxy.call('POST', `${ASSETS}/dies`, { Origin: PORTAL, 'Idempotency-Key': 'order-1' }, '{}');
    expect(answer).toMatchObject({
      status: 504,
      body: { code: 'OUTCOME_UNKNOWN', details: { idempotencyKey: 'order-1', stage: 'submit' } },
    });
    expect(answer.headers['access-control-allow-origin']).toEqual([PORTAL]);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['headers', 'POST /api/spydra/assets HTTP/1.1\r\nHost: x\r\n'],
    ['a body', 'POST /api/spydra/assets HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'],
  ])('is missing for a client that sends %s too slowly, and no backend receives its request', async (_what, start) => {
    await backend(true);
    const socket = connect({ port: proxy.httpsPort, rejectUnauthorized: false });
    socket.write(start);
    expect(await textOf(socket)).toBe('');
    expect(asked).toEqual([]);
  });

  it('is 504 to a write over a kept-alive connection that breaks', async () => {
    await backend(true);
    expect((await proxy.call('POST', ASSETS, {}, '{}')).status).toBe(200);
    const answer = await proxy.call('POST', `${ASSETS}/dies`, {}, '{}');
    expect(answer).toMatchObject({ status: 504, body: { code: 'OUTCOME_UNKNOWN' } });
  });
});

it.skipIf(lacksNginx).each(['POST', 'PUT', 'PATCH', 'DELETE'])(
  'nginx responds 503, not applied, to a write that it could not send to any backend: %s',
  async (method) => {
    const proxy = await proxyBefore({ backendPorts: await freePorts(2) });
    try {
      // Refused by the first, by the second, and then no backend is left to ask.
      for (let count = 0; count < 3; count++) {
        const answer = await proxy.call(method, ASSETS, { 'Idempotency-Key': 'order-1' }, '{}');
        expect(answer).toMatchObject({ status: 503, body: { success: false, code: 'UPSTREAM_UNAVAILABLE' } });
        expect(answer.body.error).toContain('Nothing was changed.');
        expect(answer.headers['retry-after']).toEqual(['2']);
      }
    } finally {
      await proxy.stop();
    }
  },
);
