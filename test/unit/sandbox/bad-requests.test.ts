import { describe, expect, test } from 'vitest';
import {
  type Answer,
  APP,
  burning,
  createAsset,
  creation,
  expectError,
  mint,
  minting,
  NETWORK,
  start,
  temporaryFile,
  transfer,
} from './harness.js';

describe('the sandbox responds 400 to', () => {
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

  test('an update whose body has another asset id than its path', async () => {
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
    ['deep nesting', `{"metadata":${'['.repeat(200)}${']'.repeat(200)}}`, 'nested'],
    ['nesting beyond any stack', `{"metadata":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 'nested'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'utf-8'],
  ])('malformed JSON: %s', async (_, body, reason) => {
    const { api } = start();
    const answer = await api.send(`${APP}/tokens/mint`, { method: 'POST', body });
    expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'body', message: expect.stringContaining(reason) }]);
  });

  test.each(['1e999999999', '1e-999999999', `1e${'9'.repeat(1000)}`, '9'.repeat(1_001)])(
    'invalid fields by name if they contain %s, which is valid JSON',
    async (number) => {
      const { api } = start();
      const assetId = await createAsset(api);
      const mint = `{"assetId":"${assetId}","minterWallet":"m","recipientWallet":"a","amount":${number}}`;
      const minted = await api.send(`${APP}/tokens/mint`, { method: 'POST', body: mint });
      expectError(minted, 400, 'INVALID_REQUEST', [
        { field: 'amount', message: 'must be a whole number of tokens, of 1000 digits or fewer' },
      ]);
      const create = JSON.stringify(creation({ totalValue: '#' })).replace('"#"', number);
      expect(fieldsOf(await api.send(`${APP}/assets`, { method: 'POST', body: create }))).toEqual(['asset.totalValue']);
    },
  );

  test('a number in metadata beyond the range of a double', async () => {
    const { api } = start();
    const body = `{"assetId":"${await createAsset(api)}","metadata":{"big":1e309},"timestamp":"now"}`;
    const answer = await api.send(`${APP}/metadata`, { method: 'POST', body });
    const message = 'must not hold a number beyond the range of a double';
    expectError(answer, 400, 'INVALID_REQUEST', [{ field: 'metadata', message }]);
  });

  test('the same in a field that only the client knows, by its own name', async () => {
    const { api } = start();
    for (const name of ['', '_id', 'more']) {
      const body = JSON.stringify(creation({ [name]: { deep: '#' } })).replace('"#"', '1e309');
      expect(fieldsOf(await api.send(`${APP}/assets`, { method: 'POST', body }))).toEqual([`asset.${name}`]);
    }
  });

  test('no other number in metadata, which is kept exactly, also after a restart', async () => {
    const dataFile = temporaryFile();
    const metadata = '{"big":1e308,"long":0.12345678901234567,"small":-1e-2000}';
    const first = start({ dataFile });
    const assetId = await createAsset(first.api);
    const body = `{"assetId":"${assetId}","metadata":${metadata},"timestamp":"now"}`;
    const { metadataId } = (await first.api.send(`${APP}/metadata`, { method: 'POST', body })).body;
    first.sandbox.close();
    const second = start({ dataFile });
    const read = () =>
      second.sandbox.fetch(`https://x/v2${APP}/metadata/${metadataId}`, { headers: { 'X-API-Key': 'sandbox-key' } });
    expect(await (await read()).text()).toBe(`{"metadata":${metadata}}`);
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
    ['limit=1&limit=2', 'limit'],
    ['sortOrder=asc&sortOrder=asc', 'sortOrder'],
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

test.each(['gzip', 'zstd', 'br', 'gzip, identity'])(
  'the sandbox responds 415 to a body with the Content-Encoding %s',
  async (encoding) => {
    const { api } = start();
    const answer = await api.post(`${APP}/assets`, creation(), { 'Content-Encoding': encoding });
    expectError(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
    expect(answer.body.message).toContain('send it without Content-Encoding');
    expect((await api.post(`${APP}/assets`, creation(), { 'Content-Encoding': 'Identity' })).status).toBe(200);
  },
);

test('the sandbox responds to HEAD as to GET, without the body', async () => {
  const { sandbox, api } = start();
  const assetId = await createAsset(api);
  const { url } = await sandbox.listen();
  const headers = { 'X-API-Key': 'sandbox-key' };
  for (const path of [`${APP}/assets/${assetId}`, `${APP}/assets/none`, `${APP}/nothing`]) {
    const get = await api.get(path);
    for (const send of [sandbox.fetch, fetch]) {
      const head = await send(`${url}/v2${path}`, { method: 'HEAD', headers });
      expect(head.status).toBe(get.status);
      expect(await head.text()).toBe('');
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)));
    }
  }
});
