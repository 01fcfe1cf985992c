import express from 'express';
import { describe, expect, it, vi } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { requireApiKey, spydraRouter } from '../../index.js';
import { ADMIN_KEY } from '../helpers/listening.js';
import { MINT, refused, unreachedAdapter } from '../helpers/unreached.js';

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
    const { admin, fetch } = await unreachedAdapter();
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
    const { admin } = await unreachedAdapter();
    const body = `{"assetId":"a1","recipientWallet":"w1","amount":${amount}}`;
    expect(refused(await admin('POST /tokens/mint', { body }))).toEqual(['amount']);
  });

  it.each(['', '[]', '"text"', '5', 'null', undefined])('%j is refused, naming the missing fields', async (body) => {
    const { admin } = await unreachedAdapter();
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
    const { admin } = await unreachedAdapter();
    expect(await admin('POST /tokens/mint', { body })).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON' } });
  });

  it('of another type gets a 415', async () => {
    const { admin } = await unreachedAdapter();
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
    const { admin } = await unreachedAdapter();
    const body = { ...MINT, metadata: { deed: 'x'.repeat(100 * 1024) } };
    const answer = await admin('POST /tokens/mint', { body });
    expect(answer).toMatchObject({ status: 413, body: { success: false, code: 'BODY_TOO_LARGE' } });
  });

  it('that another parser has already read gets a 500', async () => {
    const app = express();
    const logger = { error: vi.fn() };
    app.use(express.json(), spydraRouter(testClient({}), { guards: { admin: requireApiKey(ADMIN_KEY) }, logger }));
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
