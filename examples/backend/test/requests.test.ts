import { request as httpRequest } from 'node:http';
import express from 'express';
import { describe, expect, it, vi } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { scriptedServer } from '../../../test/helpers/scripted-server.js';
import { spydraRouter } from '../router.js';
import { ADMIN_KEY, type Answer, adapterOf, adapterOnSandbox } from './helpers/adapter.js';

const ASSET = { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 };
const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5 };

/** The adapter before a Spydra that nothing of all this must reach. */
async function adapter() {
  const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.reject(new Error('must not be called')));
  return { fetch, ...(await adapterOf(testClient({ fetch, retries: 0 }))) };
}

/** The names of the fields that an answer refuses, in order. */
function refused({ status, body, headers }: Answer): string[] {
  expect(status).toBe(400);
  const { details, ...envelope } = body as { details: { field: string; message: string }[] };
  expect(envelope).toEqual({
    success: false,
    error: expect.stringMatching(/^[A-Z].*\.$/s),
    code: 'INVALID_INPUT',
    requestId: headers.get('X-Request-Id'),
  });
  for (const { message } of details) expect(message).toMatch(/^(must|is) /);
  return details.map(({ field }) => field).sort();
}

describe('the admin key', () => {
  const ROUTES = [
    'POST /assets',
    'PUT /assets/a1',
    'POST /assets/a1/publish',
    'POST /assets/a1/metadata',
    'POST /tokens/mint',
    'POST /tokens/burn',
    'POST /tokens/transfer',
    'POST /tokens/purchase',
  ];
  const KEYS = {
    missing: undefined,
    empty: '',
    wrong: 'another-key',
    truncated: ADMIN_KEY.slice(0, -1),
    'too long': `${ADMIN_KEY}x`,
    'in capitals': ADMIN_KEY.toUpperCase(),
    'given twice': `${ADMIN_KEY}, ${ADMIN_KEY}`,
  };

  it.each(Object.entries(KEYS))('that is %s is refused on every route', async (_name, key) => {
    const { call, as, fetch } = await adapter();
    for (const route of ROUTES) {
      const answer = await (key === undefined ? call(route, { body: MINT }) : as(key, route, { body: MINT }));
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        success: false,
        error: 'Send the admin key as X-API-Key.',
        code: 'UNAUTHORIZED',
        requestId: answer.headers.get('X-Request-Id'),
      });
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is checked before the body is read', async () => {
    const { call } = await adapter();
    expect((await call('POST /tokens/mint', { body: '{' })).status).toBe(401);
  });

  it('must not be empty', () => {
    expect(() => spydraRouter(testClient({}), { adminApiKey: '' })).toThrow('AUTH_API_KEY');
  });
});

describe('a body', () => {
  it.each<[string, string, string[]]>([
    ['POST /assets', '{}', ['asset', 'creatorWallet']],
    [
      'POST /assets',
      '{"asset":{},"creatorWallet":""}',
      [
        'asset.assetType',
        'asset.description',
        'asset.name',
        'asset.symbol',
        'asset.totalSupply',
        'asset.totalValue',
        'creatorWallet',
      ],
    ],
    [
      'POST /assets',
      '{"asset":{"name":"","symbol":1,"description":" ","assetType":null,"totalValue":0,"totalSupply":1.5,"metadata":[],"status":"published"},"creatorWallet":"a/b","owner":1}',
      [
        'asset.assetType',
        'asset.description',
        'asset.metadata',
        'asset.name',
        'asset.status',
        'asset.symbol',
        'asset.totalSupply',
        'asset.totalValue',
        'creatorWallet',
        'owner',
      ],
    ],
    ['POST /assets', '{"asset":"Flat","creatorWallet":"w"}', ['asset']],
    ['PUT /assets/a1', '{}', ['updaterWallet', 'updates']],
    ['PUT /assets/a1', '{"updates":{},"updaterWallet":"w"}', ['updates']],
    [
      'PUT /assets/a1',
      '{"updates":{"assetId":"b","totalValue":-1,"totalSupply":0},"updaterWallet":".."}',
      ['updates.assetId', 'updates.totalSupply', 'updates.totalValue', 'updaterWallet'].sort(),
    ],
    ['POST /assets/a1/publish', '{"wallet":"w"}', ['publisherWallet', 'wallet']],
    ['POST /assets/a1/metadata', '{"metadata":"deed","at":1}', ['at', 'metadata']],
    ['PUT /assets/a1', '{"updates":0.12345678901234567,"updaterWallet":"w"}', ['updates', 'updates']],
    ['POST /tokens/mint', '{}', ['amount', 'assetId', 'recipientWallet']],
    [
      'POST /tokens/mint',
      '{"assetId":1,"recipientWallet":"","amount":-5,"minterWallet":"\\u0000","metadata":[],"memo":1}',
      ['amount', 'assetId', 'memo', 'metadata', 'minterWallet', 'recipientWallet'],
    ],
    [
      'POST /tokens/mint',
      '{"assetId":"a","recipientWallet":"w","amount":5,"metadata":1.23456789012345678901}',
      ['metadata'],
    ],
    ['POST /tokens/burn', '{"reason":" "}', ['amount', 'assetId', 'burnerWallet', 'holderWallet', 'reason']],
    [
      'POST /tokens/transfer',
      '{"fromWallet":"w","toWallet":"w","amount":"ten","price":1}',
      ['amount', 'assetId', 'price', 'toWallet'],
    ],
    ['POST /tokens/transfer', '{}', ['amount', 'assetId', 'fromWallet', 'toWallet']],
    ['POST /tokens/purchase', '{}', ['amount', 'assetId', 'buyerWallet', 'price', 'sellerWallet']],
    [
      'POST /tokens/purchase',
      '{"seller":"w","buyer":"w","amount":0,"price":"free","paymentMethod":1,"total":5}',
      ['amount', 'assetId', 'buyer', 'paymentMethod', 'price', 'total'],
    ],
    [
      'POST /tokens/purchase',
      '{"assetId":"a","seller":"x","sellerWallet":"w","buyer":"y","buyerWallet":"z","amount":1,"price":1}',
      ['buyer', 'seller'],
    ],
    ['POST /tokens/purchase', '{"assetId":"a","seller":"","buyer":"a/b","amount":1,"price":1}', ['buyer', 'seller']],
  ])('of %s with %s is refused, naming its invalid fields', async (route, body, fields) => {
    const { admin, fetch } = await adapter();
    expect(refused(await admin(route, { body }))).toEqual(fields);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    '0',
    '-1',
    '1.5',
    '1e-3',
    '"1.0"',
    '"-1"',
    '" 1"',
    '"0x10"',
    '""',
    'true',
    'null',
    '[1]',
    '{}',
    `"${'9'.repeat(1_001)}"`,
  ])('with %s for an amount is refused', async (amount) => {
    const { admin } = await adapter();
    const body = `{"assetId":"a1","recipientWallet":"w1","amount":${amount}}`;
    expect(refused(await admin('POST /tokens/mint', { body }))).toEqual(['amount']);
  });

  it.each(['', '[]', '"text"', '5', 'null', undefined])('%j is refused, naming the missing fields', async (body) => {
    const { admin } = await adapter();
    expect(refused(await admin('POST /tokens/mint', body === undefined ? {} : { body }))).toEqual([
      'amount',
      'assetId',
      'recipientWallet',
    ]);
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['that is cut off', '{"assetId":"a1"'],
    ['that is no JSON', 'assetId=a1'],
    ['that is no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['that is nested too deep', `{"a":1.00000000000000000001,"b":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
  ])('%s gets a 400', async (_name, body) => {
    const { admin } = await adapter();
    expect(await admin('POST /tokens/mint', { body })).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON' } });
  });

  it('of another type gets a 415', async () => {
    const { admin } = await adapter();
    const body = JSON.stringify(MINT);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      const answer = await admin('POST /tokens/mint', { body, headers: { 'Content-Type': type } });
      expect(answer).toMatchObject({ status: 415, body: { success: false, code: 'UNSUPPORTED_MEDIA_TYPE' } });
    }
    const headers = { 'Content-Encoding': 'rot13' };
    expect(await admin('POST /tokens/mint', { body, headers })).toMatchObject({
      status: 415,
      body: { success: false },
    });
  });

  it('that is too large gets a 413', async () => {
    const { admin } = await adapter();
    const body = { ...MINT, metadata: { deed: 'x'.repeat(100 * 1024) } };
    const answer = await admin('POST /tokens/mint', { body });
    expect(answer).toMatchObject({ status: 413, body: { success: false, code: 'BODY_TOO_LARGE' } });
  });

  it('that another parser has already read gets a 500', async () => {
    const app = express();
    const logger = { error: vi.fn() };
    app.use(express.json(), spydraRouter(testClient({}), { adminApiKey: ADMIN_KEY, logger }));
    const server = app.listen(0);
    const { port } = server.address() as { port: number };
    const response = await fetch(`http://127.0.0.1:${port}/tokens/mint`, {
      method: 'POST',
      headers: { 'X-API-Key': ADMIN_KEY, 'Content-Type': 'application/json' },
      body: '{"amount":1000000000000000000000001}',
    });
    server.close();
    expect(response.status).toBe(500);
    const err = expect.objectContaining({ message: expect.stringContaining('before express.json()') });
    expect(logger.error).toHaveBeenCalledWith(expect.objectContaining({ err }), expect.any(String));
  });
});

describe('a query', () => {
  it.each<[string, string[]]>([
    ['/assets?limit=0', ['limit']],
    ['/assets?limit=1001&offset=-1&assetType=%20', ['assetType', 'limit', 'offset']],
    ['/assets?limit=ten&offset=1.5', ['limit', 'offset']],
    ['/assets?limit=%20&offset=1e3', ['limit', 'offset']],
    ['/assets?limit=0x10&offset=+5', ['limit', 'offset']],
    ['/assets?limit=1&limit=2&offset=0&offset=0&assetType=a&assetType=b', ['assetType', 'limit', 'offset']],
    ['/assets?offset=99999999999999999999', ['offset']],
    ['/wallets/%20/transactions?assetId=a%2Fb&limit=no', ['assetId', 'limit', 'walletId']],
    ['/wallets/w/balance?assetId=a&assetId=b', ['assetId']],
    ['/assets/a%2Fb', ['assetId']],
    ['/assets/a%00b/history', ['assetId']],
    ['/tokens/%2e%2e%2fa/supply', ['assetId']],
    ['/tokens/%09/holders', ['assetId']],
  ])('%s is refused, naming its invalid fields', async (path, fields) => {
    const { call, fetch } = await adapter();
    expect(refused(await call(`GET ${path}`))).toEqual(fields);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    '/assets?assetType=&limit=&offset=',
    '/wallets/w/balance?assetId=',
    '/wallets/w/transactions?assetId=&limit=',
  ])('%s: empty parameters count as missing', async (path) => {
    const { call } = await adapterOnSandbox();
    const [bare] = path.split('?');
    const { status, text } = await call(`GET ${path}`);
    expect([status, text]).toEqual([200, (await call(`GET ${bare}`)).text]);
  });

  it('with unknown parameters is accepted', async () => {
    const { call } = await adapterOnSandbox();
    expect((await call('GET /assets?limit=1000&_=123')).status).toBe(200);
  });
});

describe('path, header and body', () => {
  it('are validated together', async () => {
    const { admin } = await adapter();
    const headers = { 'Idempotency-Key': 'two words' };
    const answer = await admin('PUT /assets/a%2Fb', { headers, body: { updates: { name: '' } } });
    expect(refused(answer)).toEqual(['Idempotency-Key', 'assetId', 'updaterWallet', 'updates.name']);
  });

  it.each(['', ' ', 'a b', 'ä', 'k'.repeat(256)])('cannot hold the key %j', async (key) => {
    const { admin } = await adapter();
    const answer = await admin('POST /tokens/mint', { headers: { 'Idempotency-Key': key }, body: MINT });
    expect(refused(answer)).toEqual(['Idempotency-Key']);
  });
});

describe('an unknown route', () => {
  it.each(['GET /', 'GET /nothing', 'DELETE /assets/a1', 'POST /assets/a1', 'GET /tokens/mint', 'PUT /assets'])(
    '%s gets a 404',
    async (route) => {
      const { call, admin } = await adapter();
      for (const answer of [await call(route), await admin(route)]) {
        expect(answer.status).toBe(404);
        expect(answer.body).toEqual({
          success: false,
          error: 'There is no such route.',
          code: 'NO_SUCH_ROUTE',
          requestId: answer.headers.get('X-Request-Id'),
        });
      }
    },
  );

  it('with a path that cannot be decoded gets an error', async () => {
    const { call } = await adapter();
    const answer = await call('GET /assets/%zz');
    expect(answer).toMatchObject({ status: 400, body: { success: false, code: 'UNREADABLE_REQUEST' } });
    expect(answer.text).not.toContain('%zz');
  });
});

describe('the request id', () => {
  it('of the caller is returned and sent to Spydra', async () => {
    const upstream = await scriptedServer((_request, response) => void response.writeHead(404).end());
    const { call } = await adapterOf(testClient({ baseUrl: upstream.url }));
    const answer = await call('GET /assets/a1', { headers: { 'X-Request-Id': 'trace-1.2:3' } });
    expect(answer.headers.get('X-Request-Id')).toBe('trace-1.2:3');
    expect(answer.body).toMatchObject({ requestId: 'trace-1.2:3' });
    expect(upstream.seen).toMatchObject([{ headers: { 'x-request-id': 'trace-1.2:3' } }]);
  });

  it.each(['', 'with space', '<script>', 'x'.repeat(129)])('of the caller is replaced if it is %j', async (given) => {
    const { call } = await adapter();
    const answer = await call('GET /nothing', { headers: { 'X-Request-Id': given } });
    expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w-]{36}$/);
  });
});

describe('the Idempotency-Key', () => {
  it('makes two equal requests one write', async () => {
    const { admin, spydra, seeded, sandbox } = await adapterOnSandbox();
    const assetId = seeded.assets[2]?.assetId ?? '';
    const before = sandbox.blocks.length;
    const mint = () =>
      admin('POST /tokens/mint', {
        headers: { 'Idempotency-Key': 'order-1' },
        body: { assetId, recipientWallet: 'alice', amount: 7 },
      });
    const [first, second] = [await mint(), await mint()];
    expect(first.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect(sandbox.blocks.length).toBe(before + 1);
    expect(await spydra.tokens.supply(assetId)).toMatchObject({ totalMinted: 7n });
    const { transactionId } = (first.body as { data: { transactionId: string } }).data;
    const record = await spydra.transactions.get(transactionId);
    expect(record.metadata).toMatchObject({ idempotencyKey: 'order-1' });
  });

  it('is refused for another request', async () => {
    const { admin, spydra, seeded } = await adapterOnSandbox();
    const assetId = seeded.assets[2]?.assetId ?? '';
    const mint = (amount: number) =>
      admin('POST /tokens/mint', {
        headers: { 'Idempotency-Key': 'order-1' },
        body: { assetId, recipientWallet: 'alice', amount },
      });
    const first = await mint(7);
    const { transactionId } = (first.body as { data: { transactionId: string } }).data;
    const second = await mint(8);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ success: false, code: 'IDEMPOTENCY_CONFLICT', details: { transactionId } });
    expect(await spydra.tokens.supply(assetId)).toMatchObject({ totalMinted: 7n });
  });

  it('is sent to Spydra with every write', async () => {
    const upstream = await scriptedServer((request, response) => {
      if (request.method === 'GET') response.end('{"transactions":[],"total":0}');
      else response.writeHead(404).end();
    });
    const { admin } = await adapterOf(testClient({ baseUrl: upstream.url }));
    const bodies = {
      'POST /assets': { asset: ASSET, creatorWallet: 'w' },
      'PUT /assets/a1': { updates: { name: 'n' }, updaterWallet: 'w' },
      'POST /assets/a1/publish': { publisherWallet: 'w' },
      'POST /assets/a1/metadata': { metadata: {} },
      'POST /tokens/mint': MINT,
      'POST /tokens/burn': { assetId: 'a1', holderWallet: 'w', burnerWallet: 'w', amount: 1 },
      'POST /tokens/transfer': { assetId: 'a1', fromWallet: 'v', toWallet: 'w', amount: 1 },
      'POST /tokens/purchase': { assetId: 'a1', seller: 'v', buyer: 'w', amount: 1, price: 0 },
    };
    for (const [route, body] of Object.entries(bodies)) {
      const answer = await admin(route, { body, headers: { 'Idempotency-Key': 'key-1' } });
      expect(answer.status).toBe(404);
    }
    const writes = upstream.seen.filter(({ method }) => method !== 'GET');
    expect(writes.map(({ headers }) => headers['idempotency-key'])).toEqual(Object.keys(bodies).map(() => 'key-1'));
  });

  it('is refused if it is sent twice', async () => {
    const { port } = await adapter();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'X-API-Key': ADMIN_KEY, 'Content-Type': 'application/json', 'Idempotency-Key': ['one', 'two'] };
      httpRequest({ port, path: '/api/spydra/tokens/mint', method: 'POST', headers }, ({ statusCode }) =>
        resolve(statusCode),
      )
        .on('error', reject)
        .end(JSON.stringify(MINT));
    });
    expect(status).toBe(400);
  });
});

describe('a conditional request', () => {
  it.each(['*', 'W/"1"'])('with If-None-Match: %s gets the documented response, not a 304', async (condition) => {
    const { call } = await adapterOnSandbox();
    const { status, headers, text } = await call('GET /assets', { headers: { 'If-None-Match': condition } });
    expect(status).toBe(200);
    expect(headers.get('ETag')).toBeNull();
    expect(headers.get('Content-Length')).toBe(String(Buffer.byteLength(text)));
  });
});
