import { describe, expect, test } from 'vitest';
import {
  APP,
  type Api,
  burning,
  createAsset,
  creation,
  expectError,
  mint,
  minting,
  moving,
  NETWORK,
  start,
  transfer,
} from './harness.js';

describe('the sandbox responds 401', () => {
  test.each([{}, { 'X-API-Key': '' }, { 'X-API-Key': 'sandbox-kex' }, { 'X-API-Key': 'sandbox-key-and-more' }])(
    'to the key %j',
    async (headers) => {
      const { sandbox } = start();
      const response = await sandbox.fetch(`https://api.spydra.io/v2${APP}/assets`, { headers: { ...headers } });
      expect([response.status, (await response.json()) as object]).toEqual([
        401,
        { code: 'UNAUTHORIZED', message: expect.any(String), requestId: response.headers.get('x-request-id') },
      ]);
    },
  );

  test('to any other key than its own', async () => {
    const { api } = start({ apiKey: 'other-key' });
    expect((await api.get(`${APP}/assets`)).status).toBe(401);
    expect((await api.get(`${APP}/assets`, { 'X-API-Key': 'other-key' })).status).toBe(200);
  });
});

describe('the sandbox responds 404 to', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/projects'],
    ['GET', NETWORK],
    ['GET', `${APP}/assets/`],
    ['GET', `${APP}/balances/`],
    ['GET', `${APP}/wallets/alice`],
    ['GET', `${APP}/tokens/mint`],
    ['POST', `${APP}/balances/alice`],
    ['DELETE', `${APP}/assets/some`],
    ['PATCH', `${APP}/assets/some`],
    ['OPTIONS', `${APP}/assets`],
    ['GET', `${APP}/assets/%E0%A4%A`],
    ['GET', APP.replace('sandbox-project', 'other').concat('/assets')],
    ['GET', APP.replace('sandbox-network', 'other').concat('/assets')],
    ['GET', APP.replace('sandbox-app', 'other').concat('/assets')],
    ['GET', NETWORK.replace('sandbox-network', 'other').concat('/transactions')],
    ['GET', `${APP}/assets/unknown`],
    ['GET', `${APP}/metadata/unknown`],
    ['GET', `${NETWORK}/transactions/unknown`],
  ])('%s %s', async (method, path) => {
    const { api } = start();
    expectError(await api.send(path, { method }), 404, 'NOT_FOUND');
  });

  test('HEAD', async () => {
    const { sandbox } = start();
    const headers = { 'X-API-Key': 'sandbox-key' };
    expect((await sandbox.fetch(`http://x${APP}/assets`, { method: 'HEAD', headers })).status).toBe(404);
  });

  test.each([
    ['mint', `${APP}/tokens/mint`, minting('unknown', 'a', 1)],
    ['burn', `${APP}/tokens/burn`, burning('unknown', 'a', 1)],
    ['transfer', `${APP}/tokens/transfer`, moving('unknown', 'a', 'b', 1)],
    ['metadata', `${APP}/metadata`, { assetId: 'unknown', metadata: {}, timestamp: 'now' }],
    ['create with another schema', `${APP}/assets`, { ...creation(), schemaId: 'unknown' }],
  ])('an unknown id in a body: %s', async (_, path, body) => {
    const { api } = start();
    expectError(await api.post(path, body), 404, 'NOT_FOUND');
  });

  test('an update of an unknown asset', async () => {
    const { api } = start();
    const body = { assetId: 'unknown', updaterWallet: 'owner', updates: { name: 'x' } };
    expectError(await api.put(`${APP}/assets/unknown`, body), 404, 'NOT_FOUND');
  });
});

describe('the sandbox responds 409 to', () => {
  async function world(): Promise<{ api: Api; assetId: string }> {
    const { api } = start();
    const assetId = await createAsset(api, { totalSupply: 100 });
    await mint(api, assetId, 'alice', 60);
    await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 10));
    return { api, assetId };
  }

  test('an overdraft by a transfer or a burn', async () => {
    const { api, assetId } = await world();
    const details = { walletId: 'alice', assetId, balance: 50, amount: 51 };
    expectError(await transfer(api, assetId, 'alice', 'bob', 51), 409, 'INSUFFICIENT_BALANCE', details);
    const burn = await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 51));
    expectError(burn, 409, 'INSUFFICIENT_BALANCE', details);
    expect((await transfer(api, assetId, 'alice', 'bob', 50)).status).toBe(200);
  });

  test('mints above the total supply, which burns reduce', async () => {
    const { api, assetId } = await world();
    const details = { assetId, totalSupply: 100, circulating: 101 };
    expectError(await mint(api, assetId, 'bob', 51), 409, 'SUPPLY_EXCEEDED', details);
    expect((await mint(api, assetId, 'bob', 50)).status).toBe(200);
  });

  test('a total supply below the circulating tokens', async () => {
    const { api, assetId } = await world();
    const lower = (totalSupply: number) =>
      api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates: { totalSupply } });
    expectError(await lower(49), 409, 'SUPPLY_EXCEEDED', { assetId, totalSupply: 49, circulating: 50 });
    expect((await lower(50)).status).toBe(200);
  });
});

describe('the sandbox responds 413, 500 or 503:', () => {
  test('413 to a body of more than 1 MiB', async () => {
    const { api } = start();
    const send = (bytes: number) =>
      api.send(`${APP}/tokens/mint`, { method: 'POST', body: `"${'x'.repeat(bytes - 2)}"` });
    expectError(await send(2 ** 20), 400, 'INVALID_REQUEST', expect.any(Array));
    expectError(await send(2 ** 20 + 1), 413, 'PAYLOAD_TOO_LARGE');
  });

  test('500 for a bug, which is logged as a warning and not sent to the caller', async () => {
    const warnings: string[] = [];
    const random = () => {
      throw new Error('a secret of the inside');
    };
    const { api } = start({ random, onWarning: (message) => warnings.push(message) });
    const answer = await api.post(`${APP}/assets`, creation());
    expectError(answer, 500, 'INTERNAL');
    expect(answer.text).not.toContain('secret');
    expect(warnings).toEqual([expect.stringContaining('a secret of the inside')]);
  });

  test('503 to writes after close(), while reads continue', async () => {
    const { sandbox, api } = start();
    const assetId = await createAsset(api);
    await sandbox.close();
    await sandbox.close();
    expectError(await mint(api, assetId, 'alice', 1), 503, 'UNAVAILABLE');
    expect((await api.get(`${APP}/assets/${assetId}`)).status).toBe(200);
    await expect(sandbox.listen()).rejects.toThrow('closed');
  });
});

describe('the X-Request-Id', () => {
  test.each(['req-1', 'x'.repeat(128), '!~'])('%s is returned', async (id) => {
    const { api } = start();
    const answer = await api.get(`${APP}/assets/unknown`, { 'X-Request-Id': id });
    expect([answer.headers.get('x-request-id'), answer.body.requestId]).toEqual([id, id]);
  });

  test.each(['', 'x'.repeat(129), 'two words', 'é'])('%j is replaced by a new one', async (id) => {
    const { api } = start();
    const answer = await api.get(`${APP}/assets`, { 'X-Request-Id': id });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
