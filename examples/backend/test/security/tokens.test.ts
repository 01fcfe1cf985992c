import { exportSPKI } from 'jose';
import { describe, expect, it } from 'vitest';
import { closedUrl, json, type Script, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { laterByMilliseconds } from '../../../../test/helpers/time.js';
import { ADMIN_KEY, backendBefore, refusingWrites, WRITES } from '../helpers/backend.js';
import {
  AUDIENCE,
  BY_SECRET,
  claims,
  fromNow,
  handMade,
  ISSUER,
  issuer,
  part,
  SECRET,
  signed,
  token,
} from '../helpers/tokens.js';

const UNAUTHORIZED = {
  success: false,
  error: 'Send the admin key as X-API-Key, or a token as Authorization: Bearer.',
  code: 'UNAUTHORIZED',
  requestId: expect.any(String),
};

type Backend = Awaited<ReturnType<typeof backendBefore>>;

function mint({ call }: Backend, Authorization: string, others: Record<string, string> = {}) {
  return call('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {}, headers: { Authorization, ...others } });
}

async function expectNobody(backend: Backend, bad: string) {
  const answer = await mint(backend, `Bearer ${bad}`);
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual(UNAUTHORIZED);
  expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="spydra", ApiKey realm="spydra"');
  expect(backend.seen).toEqual([]);
}

/** A token whose middle says something else than what was signed. */
async function altered(others: object): Promise<string> {
  const [header, , signature] = (await token({ role: 'user' })).split('.');
  return [header, part(claims({ ...others })), signature].join('.');
}

const HS256 = { alg: 'HS256' };

const unsigned = (alg: string) => `${part({ alg, typ: 'JWT' })}.${part(claims())}.`;

describe('a token signed with the secret', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['no token', () => 'text'],
    ['empty', () => ''],
    ['three dots', () => '...'],
    ['cut off', async () => (await token()).slice(0, -1)],
    ['without its signature', async () => (await token()).replace(/[^.]+$/, '')],
    ['too long', async () => `${await token()}${'A'.repeat(4_000)}`],
    ['followed by another', async () => `${await token()}, ${await token()}`],
    ['forged with another secret', () => token({}, 'secret-of-somebody-else-who-is-not-known')],
    ['forged with an empty secret’s neighbour', () => token({}, ' '.repeat(32))],
    ['altered to be an admin’s', () => altered({ role: 'admin' })],
    ['unsigned: none', () => unsigned('none')],
    ['unsigned: None', () => unsigned('None')],
    ['unsigned: NONE', () => unsigned('NONE')],
    ['unsigned, with a signature', async () => unsigned('none') + (await token()).split('.')[2]],
    ['of another algorithm: HS512', () => token({}, SECRET, 'HS512')],
    ['expired', () => token({ exp: fromNow(-60) })],
    ['without an end', () => token({ exp: undefined })],
    ['not valid yet', () => token({ nbf: fromNow(60) })],
    ['for somebody else', () => token({ aud: 'another-backend' })],
    ['for several, none of them us', () => token({ aud: ['a', 'b', `${AUDIENCE}x`] })],
    ['for nobody', () => token({ aud: undefined })],
    ['of another issuer', () => token({ iss: `${ISSUER}.example` })],
    ['of no issuer', () => token({ iss: undefined })],
    ['of nobody', () => token({ sub: undefined })],
    ['of an empty name', () => token({ sub: '' })],
    ['of a number', () => handMade(HS256, claims({ sub: 1 }))],
    ['ended by a text', () => handMade(HS256, claims({ exp: '9999999999' }))],
    ['unsigned, over a right signature', () => handMade({ alg: 'none' }, claims())],
    ['of no algorithm', () => handMade({}, claims())],
    ['with an extension that nobody knows', () => handMade({ ...HS256, crit: ['new'], new: 1 }, claims())],
    ['a list of claims', () => handMade(HS256, [claims()])],
  ])('is refused if it is %s', async (_name, make) => {
    await expectNobody(await backendBefore(refusingWrites, BY_SECRET), await make());
  });

  it('is accepted if it is built without a library', async () => {
    const backend = await backendBefore(refusingWrites, BY_SECRET);
    expect((await mint(backend, `Bearer ${handMade(HS256, claims())}`)).status).toBe(409);
  });

  it.each<[string, (jwt: string) => string]>([
    ['Bearer', (jwt) => `Bearer ${jwt}`],
    ['bearer, whose case does not matter', (jwt) => `bearer ${jwt}`],
  ])('is accepted as %s', async (_name, header) => {
    const backend = await backendBefore(refusingWrites, BY_SECRET);
    expect((await mint(backend, header(await token()))).status).toBe(409);
  });

  it.each(['Basic', 'Token', 'DPoP', ''])('is refused as %j', async (scheme) => {
    const backend = await backendBefore(refusingWrites, BY_SECRET);
    expect((await mint(backend, `${scheme} ${await token()}`.trim())).status).toBe(401);
  });

  it('is accepted if its audiences include this server', async () => {
    const backend = await backendBefore(refusingWrites, BY_SECRET);
    expect((await mint(backend, `Bearer ${await token({ aud: ['a', AUDIENCE] })}`)).status).toBe(409);
  });

  it('is ignored if there is an API key, valid or not', async () => {
    const backend = await backendBefore(refusingWrites, BY_SECRET);
    expect((await mint(backend, `Bearer ${await token()}`, { 'X-API-Key': 'wrong' })).status).toBe(401);
    expect((await mint(backend, 'Bearer wrong', { 'X-API-Key': ADMIN_KEY })).status).toBe(409);
  });

  it('is refused if tokens are not configured', async () => {
    const { call } = await backendBefore(refusingWrites);
    const headers = { Authorization: `Bearer ${await token()}` };
    expect((await call('POST /tokens/mint', { body: {}, headers })).status).toBe(401);
  });

  it('is refused if it is signed with a public key', async () => {
    const { rsa, ec } = await issuer();
    const backend = await backendBefore(refusingWrites, BY_SECRET);
    await expectNobody(backend, await signed(claims(), rsa.privateKey, { alg: 'RS256', kid: 'rsa' }));
    await expectNobody(backend, await signed(claims(), ec.privateKey, { alg: 'ES256', kid: 'ec' }));
  });
});

describe('a token signed with a key of the issuer', () => {
  it('is accepted, and its key is loaded once', async () => {
    const { rsa, ec, server, environment } = await issuer();
    const backend = await backendBefore(refusingWrites, environment);
    const good = [
      await signed(claims(), rsa.privateKey, { alg: 'RS256', kid: 'rsa' }),
      await signed(claims(), ec.privateKey, { alg: 'ES256', kid: 'ec' }),
      await signed(claims(), rsa.privateKey, { alg: 'RS256' }),
    ];
    for (const jwt of good) expect((await mint(backend, `Bearer ${jwt}`)).status).toBe(409);
    expect(server.seen).toHaveLength(1);
  });

  it('is refused if it is forged, whatever its header says', async () => {
    const { rsa, stranger, keys, environment } = await issuer();
    const evil = await scriptedServer((_request, response) => json(response, 200, { keys: [] }));
    const publicJwk = keys[0] ?? {};
    const publicKeys = [await exportSPKI(rsa.publicKey), JSON.stringify(publicJwk), JSON.stringify({ keys })];
    const bad = [
      // The public key, which everybody has, taken for a secret.
      ...publicKeys.flatMap((text) => [
        signed(claims(), new TextEncoder().encode(text), { alg: 'HS256', kid: 'rsa' }),
        signed(claims(), new TextEncoder().encode(text.trim()), { alg: 'HS256' }),
      ]),
      signed(claims(), stranger.privateKey, { alg: 'RS256', kid: 'rsa' }),
      signed(claims(), stranger.privateKey, { alg: 'RS256', kid: 'stranger' }),
      signed(claims(), stranger.privateKey, { alg: 'RS256', kid: '../../etc/passwd' }),
      signed(claims(), stranger.privateKey, { alg: 'RS256', jku: evil.url, x5u: evil.url }),
      signed(claims(), stranger.privateKey, { alg: 'RS256', jwk: publicJwk }),
      signed(claims(), rsa.privateKey, { alg: 'RS256', kid: 'ec' }),
      token(),
      unsigned('none'),
    ];
    const backend = await backendBefore(refusingWrites, environment);
    const pass = laterByMilliseconds();
    for (const jwt of await Promise.all(bad)) {
      await expectNobody(backend, jwt);
      pass(6_000);
    }
    expect(evil.seen).toEqual([]);
  });

  it.each<[string, object]>([
    ['expired', { exp: fromNow(-60) }],
    ['for somebody else', { aud: 'another-backend' }],
    ['of another issuer', { iss: 'https://another.example' }],
  ])('is refused if it is %s', async (_name, others) => {
    const { rsa, environment } = await issuer();
    const jwt = await signed(claims({ ...others }), rsa.privateKey, { alg: 'RS256', kid: 'rsa' });
    await expectNobody(await backendBefore(refusingWrites, environment), jwt);
  });

  it.each<[string, Script | undefined]>([
    ['is not there', undefined],
    ['fails', (_request, response) => json(response, 500, {})],
    ['answers no JSON', (_request, response) => void response.end('<html>')],
    ['answers no keys', (_request, response) => json(response, 200, { hello: 'world' })],
  ])('gets a 503, not a 401, while its issuer %s', async (_name, script) => {
    const { rsa, environment } = await issuer();
    const url = script ? (await scriptedServer(script)).url : await closedUrl();
    const backend = await backendBefore(refusingWrites, { ...environment, JWT_JWKS_URL: url });
    const answer = await mint(backend, `Bearer ${await signed(claims(), rsa.privateKey, { alg: 'RS256' })}`);
    expect(answer).toMatchObject({ status: 503, body: { success: false, code: 'TOKENS_UNCHECKED' } });
    expect(answer.headers.get('Retry-After')).toBe('5');
    expect(answer.text).not.toContain('127.0.0.1');
    expect((await backend.admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} })).status).toBe(409);
  });
});
