import { describe, expect, test } from 'vitest';
import {
  type Answer,
  APP,
  type Api,
  burning,
  createAsset,
  creation,
  mint,
  minting,
  moving,
  NETWORK,
  start,
  transfer,
} from './harness.js';

function expectError(answer: Answer, status: number, code: string, details?: unknown): void {
  expect(answer.body).toEqual({
    code,
    message: expect.stringMatching(/\S.*\.$/s),
    requestId: answer.headers.get('x-request-id'),
    ...(details === undefined ? {} : { details }),
  });
  expect(answer.status).toBe(status);
}

describe('401', () => {
  test.each([{}, { 'X-API-Key': '' }, { 'X-API-Key': 'sandbox-kex' }, { 'X-API-Key': 'sandbox-key-and-more' }])(
    '%j is refused',
    async (headers) => {
      const { sandbox } = start();
      const response = await sandbox.fetch(`https://api.spydra.io/v2${APP}/assets`, { headers: { ...headers } });
      expect([response.status, (await response.json()) as object]).toEqual([
        401,
        { code: 'UNAUTHORIZED', message: expect.any(String), requestId: response.headers.get('x-request-id') },
      ]);
    },
  );

  test('the sandbox takes the key that it was given', async () => {
    const { api } = start({ apiKey: 'other' });
    expect((await api.get(`${APP}/assets`)).status).toBe(401);
    expect((await api.get(`${APP}/assets`, { 'X-API-Key': 'other' })).status).toBe(200);
  });
});

describe('404', () => {
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
  ])('an unknown id in the body: %s', async (_, path, body) => {
    const { api } = start();
    expectError(await api.post(path, body), 404, 'NOT_FOUND');
  });

  test('update of an unknown asset', async () => {
    const { api } = start();
    const body = { assetId: 'unknown', updaterWallet: 'owner', updates: { name: 'x' } };
    expectError(await api.put(`${APP}/assets/unknown`, body), 404, 'NOT_FOUND');
  });
});

describe('400', () => {
  const fieldsOf = ({ body }: Answer) =>
    (body.details as { field: string; message: string }[]).map(({ field }) => field);

  test.each<[string, string, unknown, string[]]>([
    ['create: nothing there', 'assets', {}, ['schemaId', 'creatorWallet', 'asset']],
    [
      'create: every field of the asset',
      'assets',
      { schemaId: '', creatorWallet: 5, asset: { status: 1, metadata: [] } },
      [
        'schemaId',
        'creatorWallet',
        ...[
          'name',
          'symbol',
          'description',
          'assetType',
          'totalValue',
          'totalSupply',
          'pricePerToken',
          'status',
          'metadata',
        ].map((field) => `asset.${field}`),
      ],
    ],
    ['create: no supply', 'assets', creation({ totalSupply: 0 }), ['asset.totalSupply']],
    [
      'create: a negative price',
      'assets',
      creation({ pricePerToken: -1, totalValue: '-1' }),
      ['asset.totalValue', 'asset.pricePerToken'],
    ],
    ['mint: nothing there', 'tokens/mint', {}, ['assetId', 'minterWallet', 'recipientWallet', 'amount']],
    ['mint: control characters', 'tokens/mint', minting('a\u0000b', 'a\nb', 1), ['assetId', 'recipientWallet']],
    ['mint: metadata', 'tokens/mint', { ...minting('a', 'b', 1), metadata: 7 }, ['metadata']],
    ['burn: nothing there', 'tokens/burn', {}, ['assetId', 'burnerWallet', 'holderWallet', 'amount']],
    ['transfer: nothing there', 'tokens/transfer', {}, ['assetId', 'fromWallet', 'toWallet', 'amount']],
    ['metadata: nothing there', 'metadata', {}, ['assetId', 'metadata', 'timestamp']],
    ['create: a number for the asset', 'assets', { ...creation(), asset: 5 }, ['asset']],
    ['a body that is no object', 'tokens/mint', [1], ['body']],
    ['a body that is a number', 'tokens/mint', 5, ['body']],
    ['a body that is null', 'tokens/mint', null, ['body']],
  ])('%s', async (_, path, body, fields) => {
    const { api, sandbox } = start();
    const answer = await api.post(`${APP}/${path}`, body);
    expectError(answer, 400, 'INVALID_REQUEST', expect.any(Array));
    expect(fieldsOf(answer)).toEqual(fields);
    expect(sandbox.blocks).toHaveLength(0);
  });

  test.each([0, -1, 1.5, '0', '-1', '1.5', '', ' 1', '1e3', 'ten', '0x10', true, null, {}, Number.MIN_VALUE])(
    'the amount %j',
    async (amount) => {
      const { api } = start();
      const assetId = await createAsset(api);
      for (const answer of [
        await mint(api, assetId, 'alice', amount),
        await transfer(api, assetId, 'alice', 'bob', amount),
        await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', amount)),
      ]) {
        expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'amount', message: expect.any(String) }]);
      }
    },
  );

  test('an update whose body names another asset than its path', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    const answer = await api.put(`${APP}/assets/${assetId}`, { assetId: 'other', updaterWallet: 'o', updates: {} });
    expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'assetId', message: expect.any(String) }]);
  });

  test('a transfer to oneself', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    await mint(api, assetId, 'alice', 5);
    const answer = await transfer(api, assetId, 'alice', 'alice', 1);
    expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'toWallet', message: expect.any(String) }]);
  });

  test.each([
    ['nothing', '', 'expected'],
    ['half an object', '{"assetId": "a"', 'expected'],
    ['a repeated key', '{"amount": 1, "amount": 2}', 'Duplicate key'],
    ['an absurd exponent', '{"amount": 1e999999999}', 'exponent'],
    ['an absurdly small one', '{"amount": 1e-999999999}', 'exponent'],
    ['an absurdly long one', `{"amount": 1e${'9'.repeat(1000)}}`, 'exponent'],
    ['deep nesting', `{"metadata":${'['.repeat(200)}${']'.repeat(200)}}`, 'nested'],
    ['nesting beyond any stack', `{"metadata":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 'nested'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'utf-8'],
  ])('malformed JSON: %s', async (_, body, reason) => {
    const { api } = start();
    const answer = await api.send(`${APP}/tokens/mint`, { method: 'POST', body });
    expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'body', message: expect.stringContaining(reason) }]);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['limit=1.5', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=99999999999999999999', 'offset'],
    ['sortBy=amount', 'sortBy'],
    ['sortOrder=up', 'sortOrder'],
  ])('the query %s', async (query, field) => {
    const { api } = start();
    const paths = field.startsWith('sort') ? [`${NETWORK}/transactions`] : [`${NETWORK}/transactions`, `${APP}/assets`];
    for (const path of paths) {
      expectError(await api.get(`${path}?${query}`), 400, 'INVALID_REQUEST', [{ field, message: expect.any(String) }]);
    }
  });

  test.each(['', 'ключ', 'x'.repeat(256), 'a\tb'])('the idempotency key %j', async (key) => {
    const { api } = start();
    const headers = { 'Idempotency-Key': Buffer.from(key).toString('latin1') };
    const answer = await api.post(`${APP}/assets`, creation(), headers);
    expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'Idempotency-Key', message: expect.any(String) }]);
  });
});

describe('409', () => {
  async function world(): Promise<{ api: Api; assetId: string }> {
    const { api } = start();
    const assetId = await createAsset(api, { totalSupply: 100 });
    await mint(api, assetId, 'alice', 60);
    await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 10));
    return { api, assetId };
  }

  test('an overdraft by transfer and by burning', async () => {
    const { api, assetId } = await world();
    const details = { walletId: 'alice', assetId, balance: 50, amount: 51 };
    expectError(await transfer(api, assetId, 'alice', 'bob', 51), 409, 'INSUFFICIENT_BALANCE', details);
    const burn = await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 51));
    expectError(burn, 409, 'INSUFFICIENT_BALANCE', details);
    expect((await transfer(api, assetId, 'alice', 'bob', 50)).status).toBe(200);
  });

  test('more tokens than the total supply, where burned ones make room', async () => {
    const { api, assetId } = await world();
    const details = { assetId, totalSupply: 100, circulating: 101 };
    expectError(await mint(api, assetId, 'bob', 51), 409, 'SUPPLY_EXCEEDED', details);
    expect((await mint(api, assetId, 'bob', 50)).status).toBe(200);
  });

  test('a total supply below what circulates', async () => {
    const { api, assetId } = await world();
    const lower = (totalSupply: number) =>
      api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates: { totalSupply } });
    expectError(await lower(49), 409, 'SUPPLY_EXCEEDED', { assetId, totalSupply: 49, circulating: 50 });
    expect((await lower(50)).status).toBe(200);
  });
});

describe('413, 500, 503', () => {
  test('a body may be 1 MiB and no byte more', async () => {
    const { api } = start();
    const send = (bytes: number) =>
      api.send(`${APP}/tokens/mint`, { method: 'POST', body: `"${'x'.repeat(bytes - 2)}"` });
    expectError(await send(2 ** 20), 400, 'INVALID_REQUEST', expect.any(Array));
    expectError(await send(2 ** 20 + 1), 413, 'PAYLOAD_TOO_LARGE');
  });

  test('a bug is told to the warnings and not to the caller', async () => {
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

  test('after close() writes are refused and reads go on', async () => {
    const { sandbox, api } = start();
    const assetId = await createAsset(api);
    await sandbox.close();
    await sandbox.close();
    expectError(await mint(api, assetId, 'alice', 1), 503, 'UNAVAILABLE');
    expect((await api.get(`${APP}/assets/${assetId}`)).status).toBe(200);
    await expect(sandbox.listen()).rejects.toThrow('closed');
  });
});

describe('the request id', () => {
  test.each(['req-1', 'x'.repeat(128), '!~'])('%s is echoed', async (id) => {
    const { api } = start();
    const answer = await api.get(`${APP}/assets/unknown`, { 'X-Request-Id': id });
    expect([answer.headers.get('x-request-id'), answer.body.requestId]).toEqual([id, id]);
  });

  test.each(['', 'x'.repeat(129), 'two words', 'é'])('%j is replaced', async (id) => {
    const { api } = start();
    const answer = await api.get(`${APP}/assets`, { 'X-Request-Id': id });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
