import { describe, expect, it, vi } from 'vitest';
import { API_KEY, testClient } from '../../../../test/helpers/client.js';
import { json, type Script } from '../../../../test/helpers/scripted-server.js';
import {
  ADMIN_KEY,
  type Answer,
  backendBefore,
  backendOf,
  refusingWrites,
  sendRaw,
  WRITES,
} from '../helpers/backend.js';
import { BY_SECRET, SECRET } from '../helpers/tokens.js';

const MINT = { body: WRITES['POST /tokens/mint'] ?? {} };

describe('text and metadata have a maximum size:', () => {
  const purchase = WRITES['POST /tokens/purchase'];
  const mint = WRITES['POST /tokens/mint'];

  it.each([
    ['a text that is long', 'POST /tokens/purchase', { ...purchase, paymentMethod: 'x'.repeat(2_000) }, 409],
    ['a longer one', 'POST /tokens/purchase', { ...purchase, paymentMethod: 'x'.repeat(2_001) }, 400],
    ['much metadata', 'POST /tokens/mint', { ...mint, metadata: { x: 'x'.repeat(7_900) } }, 409],
    ['more of it', 'POST /tokens/mint', { ...mint, metadata: { x: 'x'.repeat(8_000) } }, 400],
  ])('%s', async (_name, route, body, status) => {
    const { admin, seen } = await backendBefore(refusingWrites);
    expect((await admin(route, { body })).status).toBe(status);
    expect(seen.some(({ method }) => method === 'POST')).toBe(status === 409);
  });
});

it.each([
  ['If-Match', '"x"', 412],
  ['Range', 'bytes=9999999-', 416],
])('a failed precondition on /docs is not a server error: %s', async (header, value, status) => {
  const { port } = await backendBefore(refusingWrites);
  const answer = await fetch(`http://127.0.0.1:${port}/docs`, { headers: { [header]: value } });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ success: false, requestId: answer.headers.get('X-Request-Id') });
});

describe('an id', () => {
  const ask = (port: number, path: string) =>
    sendRaw(port, `GET ${path} HTTP/1.1`, 'Host: backend', 'Connection: close', '', '');

  it.each([
    '/assets/..',
    '/assets/%2e%2e',
    '/assets/.%2e',
    '/assets/%2E%2E/history',
    '/assets/../../../metrics',
    '/assets/..%2f..%2fadmin',
    '/assets/%2e%2e%2f%2e%2e%2fadmin',
    '/assets/a%2fb',
    '/assets/%2fetc%2fpasswd',
    '/assets/..%5c..%5cadmin',
    '/assets/a%5cb',
    '/assets/..\\admin',
    '/assets/a%00',
    '/assets/%00/history',
    '/assets/a%0d%0aX-Injected:%201',
    '/assets/a%7f',
    '/assets/%c0%ae%c0%ae',
    '/assets/%ff',
    '/assets/%',
    '/assets/.',
    '/assets/%20',
    '/tokens/..%2f..%2fassets/holders',
    '/wallets/%2e%2e/balance',
    '/wallets/w1/balance?assetId=..%2f..%2fadmin',
    '/wallets/w1/balance?assetId=a%00',
    '/wallets/w1/transactions?assetId[]=a&assetId[__proto__]=b&assetId=../x',
    '//assets/a1',
    '/assets/a1/../a2',
  ])('in a path, %s gets a 404 or 400', async (path) => {
    const { port, seen } = await backendBefore(refusingWrites);
    const answer = await ask(port, `/api/spydra${path}`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).toContain('Content-Type: application/json; charset=utf-8');
    expect(answer).toContain('"success":false');
    expect(answer).not.toMatch(/^X-Injected/im);
    expect(seen).toEqual([]);
  });

  it('with dots that is no path step reaches Spydra as a single name', async () => {
    const { port, seen } = await backendBefore((_request, response) => json(response, 404, {}));
    const ids = ['%252e%252e%252fadmin', '%253f', 'a%3Fstatus=published', 'a%23b', 'a;b=c', '%E2%80%AE'];
    for (const id of ids) expect(await ask(port, `/api/spydra/assets/${id}`)).toMatch(/^HTTP\/1\.1 404 /);
    for (const [index, { path }] of seen.entries()) {
      expect(path.split('/').at(-1)).toBe(encodeURIComponent(decodeURIComponent(ids[index] ?? '')));
    }
    expect(seen).toHaveLength(ids.length);
  });
});

describe('a header', () => {
  const mint = (port: number, ...headers: readonly string[]) => {
    const body = JSON.stringify(MINT.body);
    const length = `Content-Length: ${body.length}`;
    const fixed = ['Host: backend', `X-API-Key: ${ADMIN_KEY}`, 'Content-Type: application/json', length];
    return sendRaw(port, 'POST /api/spydra/tokens/mint HTTP/1.1', ...fixed, 'Connection: close', ...headers, '', body);
  };

  it.each(['X-Request-Id', 'Idempotency-Key', 'Origin', 'X-Forwarded-For'])(
    '%s cannot inject another header',
    async (name) => {
      const { port, seen } = await backendBefore(refusingWrites, { CORS_ORIGINS: 'https://app.example' });
      const values = [
        'a\r\n X-Injected: 1',
        'a\rX-Injected: 1',
        'a\nX-Injected: 1',
        'a\0\r\nX-Injected: 1',
        'a%0d%0aX-Injected: 1',
        'a\\r\\nX-Injected: 1',
        'a\u0085X-Injected: 1',
        '\u010d\u010aX-Injected: 1',
      ];
      for (const value of values) {
        const answer = await mint(port, `${name}: ${value}`);
        expect(answer).toMatch(/^HTTP\/1\.1 (400|409) /);
        expect(answer).not.toMatch(/^X-Injected/im);
      }
      for (const { headers } of seen) expect(headers).not.toHaveProperty('x-injected');
    },
  );

  it('X-Request-Id is returned only if it is well formed, and once', async () => {
    const { port } = await backendBefore(refusingWrites);
    const ids = async (...headers: readonly string[]) =>
      [...(await mint(port, ...headers)).matchAll(/^X-Request-Id: (.*)$/gim)].map(([, id]) => id?.trim());
    expect(await ids('X-Request-Id: trace-1')).toEqual(['trace-1']);
    const made = expect.stringMatching(/^[\da-f-]{36}$/);
    for (const bad of ['<script>', 'a b', 'a%0d%0ab', 'é', '"'])
      expect(await ids(`X-Request-Id: ${bad}`)).toEqual([made]);
    expect(await ids('X-Request-Id: one', 'X-Request-Id: two')).toEqual([made]);
  });

  it('that contradicts another one about the body is refused', async () => {
    const { port, seen } = await backendBefore(refusingWrites);
    for (const headers of [['Transfer-Encoding: chunked'], ['Content-Length: 5'], ['Transfer-Encoding: xchunked']]) {
      expect(await mint(port, ...headers)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(seen).toEqual([]);
  });
});

describe('a response', () => {
  it('contains markup from Spydra as data', async () => {
    const name = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u2028';
    const asset = {
      assetId: 'a1',
      name,
      symbol: '</script>',
      description: name,
      assetType: 'real-estate',
      status: 'published',
    };
    const { call } = await backendBefore((_request, response) =>
      json(response, 200, { asset: { ...asset, totalValue: '1', totalSupply: '1', pricePerToken: '1' } }),
    );
    const answer = await call('GET /assets/a1');
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: { name, description: name } } });
    expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'self'");
  });

  it('does not reveal the software of the server', async () => {
    const { call, port } = await backendBefore(refusingWrites);
    const answers = [(await call('GET /nothing')).headers, (await fetch(`http://127.0.0.1:${port}/`)).headers];
    for (const headers of answers) {
      expect(headers.has('X-Powered-By')).toBe(false);
      expect(headers.get('Strict-Transport-Security')).toContain('max-age=');
      expect(headers.get('X-Frame-Options')).toBe('SAMEORIGIN');
    }
  });
});

describe('an error', () => {
  const SECRETS = [API_KEY, ADMIN_KEY, SECRET, '127.0.0.1', 'http:', '/projects/', 'node_modules', '.ts', '    at '];

  function expectNothingInner({ text, status, body }: Answer, expected: number) {
    expect(status).toBe(expected);
    expect(body).toMatchObject({ success: false, error: expect.any(String), code: expect.any(String) });
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  }

  const leaking =
    (status: number): Script =>
    (request, response) => {
      const message = `${request.path} at http://127.0.0.1 with ${request.headers['x-api-key']}\n    at a (/b/node_modules/c.ts:1)`;
      json(response, status, { message, code: message, details: { message, transactionId: message } });
    };

  it.each([400, 401, 403, 404, 409, 418, 429, 500, 502, 503])('of Spydra, %i, reveals no details', async (status) => {
    const { call, admin } = await backendBefore(leaking(status));
    const read = await call('GET /assets/a1');
    expectNothingInner(read, read.status);
    expect(read.status).toBeGreaterThanOrEqual(400);
    const write = await admin('POST /tokens/mint', MINT);
    expectNothingInner(write, write.status);
    expect(write.status).toBeGreaterThanOrEqual(400);
    const { status: health, text } = await call('GET /health');
    expect([200, 503]).toContain(health);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });

  it('reveals no details while Spydra is unavailable', async () => {
    const { call, admin } = await backendBefore(undefined);
    expectNothingInner(await call('GET /assets/a1'), 503);
    expectNothingInner(await call('GET /health'), 503);
    expectNothingInner(await admin('POST /tokens/mint', MINT), 503);
  });

  it('of this server reveals no details', async () => {
    const spydra = testClient({});
    vi.spyOn(spydra.assets, 'get').mockRejectedValue(new Error(`${API_KEY} at http://127.0.0.1 in secret.ts`));
    expectNothingInner(await (await backendOf(spydra)).call('GET /assets/a1'), 500);
  });

  it.each([
    ['POST /tokens/mint', 400, '{'],
    ['POST /tokens/mint', 400, '{"__proto__":1}'],
    ['POST /tokens/mint', 413, ' '.repeat(200_000)],
    ['GET /nothing', 404, undefined],
    ['DELETE /assets/a1', 404, undefined],
    ['GET /assets/%zz', 400, undefined],
    ['GET /../../other', 404, undefined],
    ['GET /../../%zz', 404, undefined],
  ])('of the client, %s: %i, reveals no details', async (route, status, body) => {
    const { admin } = await backendBefore(refusingWrites, BY_SECRET);
    expectNothingInner(await admin(route, body === undefined ? {} : { body }), status);
  });
});
