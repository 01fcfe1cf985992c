import { ConfigurationError } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';

const stub = () => vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
const sentBy = (fetch: ReturnType<typeof stub>) => new Headers(fetch.mock.calls[0]?.[1]?.headers);
const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 1 };

describe('headers of the client and of a call', () => {
  it('are merged by name, case-insensitively; those of the call win', async () => {
    const fetch = stub();
    const client = testClient({
      fetch,
      headers: { Authorization: 'Bearer client', 'X-TENANT': 'client', 'X-A': 'kept' },
    });
    await client.wallets.balance('w', {}, { headers: { authorization: 'Bearer call', 'x-tenant': 'call' } });
    const sent = sentBy(fetch);
    expect([sent.get('authorization'), sent.get('x-tenant'), sent.get('x-a')]).toEqual(['Bearer call', 'call', 'kept']);
  });

  it('set the request id in any spelling of X-Request-Id, that of the call first', async () => {
    const fetch = stub();
    const client = testClient({ fetch, headers: { 'X-REQUEST-ID': 'client' } });
    await client.wallets.balance('w', {}, { headers: { 'x-request-id': 'call' } });
    await client.wallets.balance('w', {}, { headers: { 'X-Request-Id': '' } });
    expect(sentBy(fetch).get('x-request-id')).toBe('call');
    expect(new Headers(fetch.mock.calls[1]?.[1]?.headers).get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are omitted if they are undefined', async () => {
    const fetch = stub();
    const client = testClient({ fetch, headers: { 'X-A': 'client', 'X-B': undefined } });
    await client.wallets.balance('w', {}, { headers: { 'x-a': undefined } });
    expect([sentBy(fetch).get('x-a'), sentBy(fetch).has('x-b')]).toEqual(['client', false]);
  });

  it('are refused if one object has a name in two spellings', async () => {
    const headers = { 'X-Tenant': 'one', 'x-tenant': 'two' };
    expect(() => testClient({ headers })).toThrow(ConfigurationError);
    expect(() => testClient({ headers })).toThrow('headers.x-tenant is given twice, in two spellings');
    const fetch = stub();
    expect(await rejection(testClient({ fetch }).tokens.mint(MINT, { headers }))).toMatchObject({
      name: 'InvalidInputError',
      problems: [{ field: 'options.headers.x-tenant', message: 'is given twice, in two spellings' }],
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('may be any that the SDK does not use', async () => {
    const fetch = stub();
    const headers = {
      Authorization: 'Basic x',
      Cookie: 'a=b',
      'User-Agent': 'mine/1',
      'Accept-Encoding': 'identity',
      'Accept-Language': 'en',
      traceparent: '00-1',
      'X-Request-Id': 'mine',
      'X-Forwarded-For': '203.0.113.2',
      'X-Api-Version': '2',
      'X-Method': undefined,
    };
    await testClient({ fetch, headers }).wallets.balance('w');
    const sent = sentBy(fetch);
    for (const [name, value] of Object.entries(headers)) expect(sent.get(name)).toBe(value ?? null);
  });
});

describe('a header that the SDK uses itself', () => {
  it.each([
    ['Idempotency-Key', 'order-7', 'use the option `idempotencyKey` of the call'],
    ['idempotency-key', 'order-7', 'use the option `idempotencyKey` of the call'],
    ['X-API-Key', 'forged-key', 'use the option `apiKey` of the client'],
    ['x-api-KEY', 'forged-key', 'use the option `apiKey` of the client'],
    ['Accept', 'text/html', 'the SDK sends and reads JSON'],
    ['Content-Type', 'text/plain', 'the SDK sends and reads JSON'],
    ['Content-Encoding', 'gzip', 'the SDK sends and reads JSON'],
    ['CACHE-CONTROL', 'max-age=60', 'use the option `cache`, of the client and of a call'],
    ['Pragma', 'no-cache', 'use the option `cache`, of the client and of a call'],
    ['If-None-Match', '"1"', 'the SDK reads whole, current answers'],
    ['If-Modified-Since', 'now', 'the SDK reads whole, current answers'],
    ['Range', 'bytes=0-9', 'the SDK reads whole, current answers'],
    ['X-HTTP-Method-Override', 'DELETE', 'it would turn the request into another'],
    ['X-Method-Override', 'DELETE', 'it would turn the request into another'],
  ])('is refused by name with its replacement: %s', async (name, value, instead) => {
    const headers = { [name]: value };
    const message = `is reserved: ${instead}`;
    expect(() => testClient({ headers })).toThrow(`headers.${name} ${message}`);
    const fetch = stub();
    const client = testClient({ fetch });
    const field = `options.headers.${name}`;
    for (const call of [client.tokens.mint(MINT, { headers }), client.wallets.balance('w', {}, { headers })]) {
      expect(await rejection(call)).toMatchObject({ outcome: 'not-applied', problems: [{ field, message }] });
    }
    expect(fetch).not.toHaveBeenCalled();
  });
});
