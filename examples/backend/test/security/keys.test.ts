import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../express/index.js';
import { guardsOf } from '../../access/guards.js';
import { ADMIN_KEY, backendBefore, refusingWrites, WRITES } from '../helpers/backend.js';
import { token } from '../helpers/tokens.js';

const READS = Object.keys(ROUTES)
  .filter((route) => route.startsWith('GET'))
  .map((route) => route.replace(/:\w+/g, 'x1'));

it('the table of routes requires a role for every route that writes', () => {
  const writes = Object.entries(ROUTES).filter(([route]) => !route.startsWith('GET'));
  expect(writes).toHaveLength(Object.keys(WRITES).length);
  for (const [, { role }] of writes) expect(role).not.toBe('everybody');
});

describe('an admin key', () => {
  it.each<[string, string | undefined]>([
    ['missing', undefined],
    ['empty', ''],
    ['wrong', 'another-key-of-the-right-length'],
    ['without its last character', ADMIN_KEY.slice(0, -1)],
    ['without its first character', ADMIN_KEY.slice(1)],
    ['one character too long', `${ADMIN_KEY}x`],
    ['8,000 characters too long', ADMIN_KEY + 'x'.repeat(8_000)],
    ['in capitals', ADMIN_KEY.toUpperCase()],
    ['given twice', `${ADMIN_KEY}, ${ADMIN_KEY}`],
    ['its own digest', createHash('sha256').update(ADMIN_KEY).digest('hex')],
    ['a pattern', '*'],
  ])('that is %s is refused on every route', async (_name, key) => {
    const { call, as, seen } = await backendBefore(refusingWrites);
    for (const [route, body] of Object.entries(WRITES)) {
      const answer = await (key === undefined ? call(route, { body }) : as(key, route, { body }));
      expect(answer.status).toBe(401);
      expect(answer.headers.get('WWW-Authenticate')).toBe('ApiKey realm="spydra"');
      expect(answer.body).toEqual({
        success: false,
        error: 'Send the admin key as X-API-Key.',
        code: 'UNAUTHORIZED',
        requestId: answer.headers.get('X-Request-Id'),
      });
    }
    expect(seen).toEqual([]);
  });

  it('is refused if it exceeds the size of headers', async () => {
    const { as, seen } = await backendBefore(refusingWrites);
    expect((await as('x'.repeat(20_000), 'POST /tokens/mint', { body: {} })).status).toBe(431);
    expect(seen).toEqual([]);
  });

  it('is accepted on every route', async () => {
    const { admin } = await backendBefore(refusingWrites);
    for (const [route, body] of Object.entries(WRITES)) {
      expect(await admin(route, { body })).toMatchObject({ status: 409, body: { code: 'SUPPLY_EXCEEDED' } });
    }
  });

  it.each([
    ['in the query', 'POST /tokens/mint?apiKey=KEY&X-API-Key=KEY', {}],
    ['as a bearer token', 'POST /tokens/mint', { Authorization: 'Bearer KEY' }],
    ['as a password', 'POST /tokens/mint', { Authorization: `Basic ${btoa(`admin:${ADMIN_KEY}`)}` }],
    ['in a cookie', 'POST /tokens/mint', { Cookie: 'X-API-Key=KEY' }],
  ])('is refused %s', async (_place, route, headers) => {
    const { call, seen } = await backendBefore(refusingWrites);
    const withKey = Object.entries(headers).map(([name, value]) => [name, String(value).replace('KEY', ADMIN_KEY)]);
    const answer = await call(route.replaceAll('KEY', ADMIN_KEY), { body: {}, headers: Object.fromEntries(withKey) });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain(ADMIN_KEY);
    expect(seen).toEqual([]);
  });

  it('can be rotated without an interruption', async () => {
    const [old, next] = ['key-that-is-about-to-end', 'key-that-takes-its-place'];
    const mint = { body: WRITES['POST /tokens/mint'] ?? {} };
    const stages: [string, number, number][] = [
      [old, 409, 401],
      [`${old} ${next}`, 409, 409],
      [`${next}\n${old}\n`, 409, 409],
      [next, 401, 409],
    ];
    for (const [AUTH_API_KEY, withOld, withNext] of stages) {
      const { as } = await backendBefore(refusingWrites, { AUTH_API_KEY });
      expect((await as(old, 'POST /tokens/mint', mint)).status).toBe(withOld);
      expect((await as(next, 'POST /tokens/mint', mint)).status).toBe(withNext);
      expect((await as(`${old} ${next}`, 'POST /tokens/mint', mint)).status).toBe(401);
    }
  });

  it('is required, and must not be empty', () => {
    for (const adminApiKey of ['', [], ['']]) {
      expect(() => guardsOf({ adminApiKey })).toThrow('AUTH_API_KEY');
    }
  });
});

describe('a public route', () => {
  it.each(READS)('%s ignores credentials, valid or not', async (route) => {
    const { call } = await backendBefore((_request, response) => void response.writeHead(404).end());
    const { status } = await call(route);
    expect(status).not.toBe(401);
    const given = [
      { 'X-API-Key': 'wrong' },
      { 'X-API-Key': ADMIN_KEY },
      { Authorization: 'Bearer wrong' },
      { Authorization: `Bearer ${await token({ exp: 1 })}` },
    ];
    for (const headers of given) expect((await call(route, { headers })).status).toBe(status);
  });
});
