import { describe, expect, it } from 'vitest';
import { adapterOnSandbox } from '../helpers/adapter.js';
import { MINT, refused, unreachedAdapter } from '../helpers/unreached.js';

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
    const { call, fetch } = await unreachedAdapter();
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
    const { admin } = await unreachedAdapter();
    const headers = { 'Idempotency-Key': 'two words' };
    const answer = await admin('PUT /assets/a%2Fb', { headers, body: { updates: { name: '' } } });
    expect(refused(answer)).toEqual(['Idempotency-Key', 'assetId', 'updaterWallet', 'updates.name']);
  });

  it.each(['', ' ', 'a b', 'ä', 'k'.repeat(256)])('cannot hold the key %j', async (key) => {
    const { admin } = await unreachedAdapter();
    const answer = await admin('POST /tokens/mint', { headers: { 'Idempotency-Key': key }, body: MINT });
    expect(refused(answer)).toEqual(['Idempotency-Key']);
  });
});

describe('an unknown route', () => {
  it.each(['GET /', 'GET /nothing', 'DELETE /assets/a1', 'POST /assets/a1', 'GET /tokens/mint', 'PUT /assets'])(
    '%s gets a 404',
    async (route) => {
      const { call, admin } = await unreachedAdapter();
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
    const { call } = await unreachedAdapter();
    const answer = await call('GET /assets/%zz');
    expect(answer).toMatchObject({ status: 400, body: { success: false, code: 'UNREADABLE_REQUEST' } });
    expect(answer.text).not.toContain('%zz');
  });
});
