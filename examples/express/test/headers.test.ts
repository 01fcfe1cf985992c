import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { scriptedServer } from '../../../test/helpers/scripted-server.js';
import { adapterOf, adapterOnSandbox } from './helpers/adapter.js';
import { ADMIN_KEY } from './helpers/listening.js';
import { ASSET, MINT, unreachedAdapter } from './helpers/unreached.js';

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
    const { call } = await unreachedAdapter();
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
    const { port } = await unreachedAdapter();
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
