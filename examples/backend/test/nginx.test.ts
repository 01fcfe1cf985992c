import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe as describeAlways, expect, it as itAlways } from 'vitest';
import { isMissing } from '../../../test/helpers/programs.js';
import { proxyBefore } from './helpers/proxied.js';

/** What reached a backend. */
interface Asked {
  readonly backend: number;
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const lacksNginx = isMissing('nginx', 'openssl');
const [describe, it] = [describeAlways.skipIf(lacksNginx), itAlways.skipIf(lacksNginx)];

const BACKENDS = 3;
const asked: Asked[] = [];
let proxy: Awaited<ReturnType<typeof proxyBefore>>;
const servers = Array.from({ length: BACKENDS }, (_, backend) =>
  createServer((incoming, outgoing) => {
    const { method, headers, url = '' } = incoming;
    asked.push({ backend, method, headers });
    incoming.resume();
    // The first one that is asked hangs up; all of them do, where all are to fail.
    if (url.includes('all-die') || (url.includes('one-dies') && asked.length === 1)) return incoming.socket.destroy();
    const [, status = '200'] = /status-(\d+)/.exec(url) ?? [];
    outgoing.setHeader('Strict-Transport-Security', 'max-age=1');
    outgoing.setHeader('X-Content-Type-Options', 'nosniff');
    outgoing.setHeader('X-Request-Id', String(headers['x-request-id']));
    outgoing.writeHead(Number(status)).end('{"from":"the backend"}');
  }),
);

beforeAll(async () => {
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const backendPorts = servers.map((server) => (server.address() as AddressInfo).port);
  // One failure would take a backend out for the cases after it.
  const adjust = (text: string) => text.replaceAll('max_fails=1', 'max_fails=0');
  proxy = await proxyBefore({ backendPorts, adjust });
});
afterAll(async () => {
  await proxy.stop();
  for (const server of servers) server.close().closeAllConnections();
});
beforeEach(() => void asked.splice(0));

const call: typeof proxy.call = (...sent) => proxy.call(...sent);

it('nginx redirects HTTP to HTTPS and keeps the method', async () => {
  const answer = await fetch(`http://localhost:${proxy.httpPort}/api/spydra/assets?limit=1`, { redirect: 'manual' });
  expect(answer.status).toBe(308);
  expect(answer.headers.get('Location')).toBe(`https://localhost:${proxy.httpsPort}/api/spydra/assets?limit=1`);
});

it.each([
  ['GET', '/api/spydra/assets/%E0%A4%A'],
  ['GET', '/docs/%00'],
  ['GET', '/docs/%2e%2e%2f%2e%2e%2fserver.ts'],
  ['POST', '/api/spydra/tokens/mint%E0%A4%A'],
  ['TRACE', '/api/spydra/assets'],
])('nginx refuses an unreadable request with the envelope: %s %s', async (method, path) => {
  const { status, body } = await call(method, path);
  expect(status).toBe(400);
  expect(body).toMatchObject({ success: false, code: 'UNREADABLE_REQUEST', requestId: expect.any(String) });
  expect(asked).toEqual([]);
});

it('nginx accepts TLS 1.3 only', async () => {
  await expect(call('GET', '/api/spydra/assets', {}, '', { maxVersion: 'TLSv1.2' })).rejects.toThrow(
    /protocol version/,
  );
  expect(await call('GET', '/api/spydra/assets', {}, '', { minVersion: 'TLSv1.3' })).toMatchObject({ status: 200 });
});

it.each([
  '/metrics',
  '/livez',
  '/readyz',
  '/',
  '/api/other',
  '/api/spydraX',
  '//metrics',
  '/api/spydra/../../metrics',
  '/docs/%2e%2e/metrics',
  '/metrics/../api/spydra/assets',
  '/metrics%2f..%2fapi/spydra/assets',
])('nginx does not expose %s', async (path) => {
  expect(await call('GET', path)).toMatchObject({ status: 404, body: { success: false, code: 'NO_SUCH_ROUTE' } });
  expect(asked).toEqual([]);
});

it.each(['/api/spydra', '/api/spydra/assets?limit=1', '/docs', '/docs/swagger-ui.css'])(
  'passes on %s',
  async (path) => {
    expect(await call('GET', path)).toMatchObject({ status: 200, body: { from: 'the backend' } });
  },
);

it('nginx sends the real address of the client to the backend', async () => {
  const claims = { 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=203.0.113.7', 'X-Forwarded-Host': 'evil.example' };
  await call('GET', '/api/spydra/assets', { ...claims, 'X-Forwarded-Proto': 'http', Host: 'api.example' });
  const headers = asked[0]?.headers;
  expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', host: 'api.example' });
  expect(headers).toMatchObject({ 'x-forwarded-host': 'api.example' });
  expect(headers).not.toHaveProperty('forwarded');
});

describe('ids of requests', () => {
  it.each([
    ['keeps a harmless one', 'order-4711', 'order-4711'],
    ['replaces one that is not', 'a"b', expect.stringMatching(/^[0-9a-f]{32}$/)],
  ])('%s', async (_, given, kept) => {
    const answer = await call('GET', '/api/spydra/assets', { 'X-Request-Id': given });
    expect(answer.headers['x-request-id']).toEqual([kept]);
    expect(asked[0]?.headers['x-request-id']).toEqual(kept);
  });
});

it.each(['/api/spydra/assets', '/metrics'])('nginx sends each security header once: %s', async (path) => {
  const { headers } = await call('GET', path);
  expect(headers['strict-transport-security']).toEqual(['max-age=31536000']);
  expect(headers['x-content-type-options']).toEqual(['nosniff']);
});

describe('if one backend closes the connection, nginx', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('sends a read to another one: %s', async (method) => {
    expect(await call(method, '/api/spydra/one-dies')).toMatchObject({ status: 200 });
    expect(new Set(asked.map(({ backend }) => backend)).size).toBe(2);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'does not repeat a write, and responds that its outcome is unknown: %s',
    async (method) => {
      const headers = { 'Idempotency-Key': 'order-1', 'X-Request-Id': 'request-1' };
      const answer = await call(method, '/api/spydra/one-dies', headers, '{}');
      expect(answer).toMatchObject({
        status: 504,
        body: {
          success: false,
          code: 'OUTCOME_UNKNOWN',
          requestId: 'request-1',
          details: { idempotencyKey: 'order-1', stage: 'submit' },
        },
      });
      expect(asked).toHaveLength(1);
    },
  );

  it('does not return an idempotency key that would need escaping in JSON', async () => {
    const answer = await call('POST', '/api/spydra/one-dies', { 'Idempotency-Key': 'a","success":true,"b":"' }, '{}');
    expect(answer).toMatchObject({ status: 504, body: { success: false, code: 'OUTCOME_UNKNOWN' } });
    expect(answer.body).not.toHaveProperty('details');
  });
});

it('nginx responds that a read failed if all backends close the connection', async () => {
  expect(await call('GET', '/api/spydra/all-die')).toMatchObject({
    status: 503,
    body: { code: 'UPSTREAM_UNAVAILABLE' },
  });
});

it.each([
  ['GET', 404],
  ['GET', 503],
  ['POST', 502],
  ['POST', 504],
  ['PUT', 413],
])('nginx passes on the response of a backend: %s %i', async (method, status) => {
  const answer = await call(method, `/api/spydra/status-${status}`, {}, method === 'GET' ? '' : '{}');
  expect(answer).toMatchObject({ status, body: { from: 'the backend' } });
  expect(asked).toHaveLength(1);
});

describe('bodies', () => {
  const body = (size: number) => 'x'.repeat(size);
  it.each([
    ['100 kB', {}, 102_400, 200],
    ['more', {}, 102_401, 413],
    ['more, without saying so', { 'Transfer-Encoding': 'chunked' }, 102_401, 413],
  ])('of %s', async (_, headers, size, status) => {
    const answer = await call('POST', '/api/spydra/assets', headers, body(size));
    expect(answer.status).toBe(status);
    if (status === 413) expect(answer.body).toMatchObject({ success: false, code: 'BODY_TOO_LARGE' });
  });
});
