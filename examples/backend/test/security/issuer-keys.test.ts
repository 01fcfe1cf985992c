import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { json, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { laterByMilliseconds } from '../../../../test/helpers/time.js';
import { backendBefore, refusingWrites, WRITES } from '../helpers/backend.js';
import { AUDIENCE, claims, fromNow, ISSUER, signed, token } from '../helpers/tokens.js';

/** Milliseconds between two loads of an issuer's keys that tokens cause which fit none. */
const SPACING = 6_000;

type Backend = Awaited<ReturnType<typeof backendBefore>>;

function mint({ call }: Backend, Authorization: string) {
  return call('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {}, headers: { Authorization } });
}

describe('the keys of an issuer', () => {
  const pair = (alg: string) => generateKeyPair(alg, { extractable: true });
  type Pair = Awaited<ReturnType<typeof pair>>;
  const rs256 = ({ privateKey }: Pair, kid?: string) =>
    signed(claims(), privateKey, { alg: 'RS256', ...(kid === undefined ? {} : { kid }) });

  /** A backend, and an issuer whose keys can be changed. */
  async function backendWithKeys(...published: object[]) {
    const issued = { keys: published, answers: true };
    const server = await scriptedServer((_request, response) => {
      if (issued.answers) json(response, 200, { keys: issued.keys });
    });
    const environment = { JWT_JWKS_URL: `${server.url}/jwks.json`, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
    const backend = await backendBefore(refusingWrites, environment);
    // A thousand times slower, so that no second of the test counts.
    const now = performance.now.bind(performance);
    const pass = laterByMilliseconds(() => now() / 1_000);
    const statusOf = async (jwt: string) => (await mint(backend, `Bearer ${jwt}`)).status;
    return { backend, issued, server, statusOf, pass };
  }

  it('are all tried for a token without a kid', async () => {
    const [first, second, stranger] = [await pair('RS256'), await pair('RS256'), await pair('RS256')];
    const keys = await Promise.all([first, second].map(({ publicKey }) => exportJWK(publicKey)));
    const { statusOf, pass } = await backendWithKeys(...keys.map((key, index) => ({ ...key, kid: `k${index}` })));
    expect(await statusOf(await rs256(first))).toBe(409);
    expect(await statusOf(await rs256(second))).toBe(409);
    expect(await statusOf(await rs256(second, 'k1'))).toBe(409);
    expect(await statusOf(await rs256(stranger))).toBe(401);
    pass(SPACING);
    expect(await statusOf(await rs256(second, 'k0'))).toBe(401);
    const expired = await signed(claims({ exp: fromNow(-60) }), second.privateKey, { alg: 'RS256' });
    expect(await statusOf(expired)).toBe(401);
  });

  it('are all tried if several have the kid of a token', async () => {
    const [first, second] = [await pair('RS256'), await pair('RS256')];
    const keys = await Promise.all([first, first, second].map(({ publicKey }) => exportJWK(publicKey)));
    const { statusOf } = await backendWithKeys(...keys.map((key) => ({ ...key, kid: 'same' })));
    expect(await statusOf(await rs256(first, 'same'))).toBe(409);
    expect(await statusOf(await rs256(second, 'same'))).toBe(409);
  });

  it('are accepted at once when they are new', async () => {
    const [old, next, stranger] = [await pair('RS256'), await pair('RS256'), await pair('RS256')];
    const [oldKey, nextKey] = [await exportJWK(old.publicKey), await exportJWK(next.publicKey)];
    const { issued, statusOf, pass } = await backendWithKeys({ ...oldKey, kid: 'old' });
    expect(await statusOf(await rs256(old, 'old'))).toBe(409);
    expect(await statusOf(await rs256(stranger, 'made-up'))).toBe(401);
    pass(SPACING);
    issued.keys = [{ ...nextKey, kid: 'next' }];
    expect(await statusOf(await rs256(next, 'next'))).toBe(409);
    pass(SPACING);
    issued.keys = [oldKey];
    expect(await statusOf(await rs256(old))).toBe(409);
  });

  it('are accepted at once when one is replaced under its kid', async () => {
    const [old, next, stranger] = [await pair('RS256'), await pair('RS256'), await pair('RS256')];
    const [oldKey, nextKey] = [await exportJWK(old.publicKey), await exportJWK(next.publicKey)];
    const { issued, server, statusOf, pass } = await backendWithKeys({ ...oldKey, kid: 'same' });
    expect(await statusOf(await rs256(old, 'same'))).toBe(409);
    issued.keys = [{ ...nextKey, kid: 'same' }];
    expect(await statusOf(await rs256(next, 'same'))).toBe(409);
    expect(server.seen).toHaveLength(2);
    expect(await statusOf(await rs256(old, 'same'))).toBe(503);
    pass(SPACING);
    expect(await statusOf(await rs256(old, 'same'))).toBe(401);
    pass(SPACING);
    expect(await statusOf(await rs256(stranger, 'same'))).toBe(401);
    expect(server.seen).toHaveLength(4);
  });

  it('are reloaded at most once in 6 s, after which a new key is known', async () => {
    const [old, next, stranger] = [await pair('RS256'), await pair('RS256'), await pair('RS256')];
    const [oldKey, nextKey] = [await exportJWK(old.publicKey), await exportJWK(next.publicKey)];
    const { backend, issued, server, statusOf, pass } = await backendWithKeys({ ...oldKey, kid: 'old' });
    const madeUp = await Promise.all(Array.from({ length: 30 }, (_, index) => rs256(stranger, `made-up-${index}`)));
    expect(await statusOf(await rs256(old, 'old'))).toBe(409);
    await Promise.all(madeUp.map(statusOf));
    for (const jwt of madeUp) await statusOf(jwt);
    expect(server.seen).toHaveLength(1 + 1);
    issued.keys = [
      { ...oldKey, kid: 'old' },
      { ...nextKey, kid: 'next' },
    ];
    const answer = await mint(backend, `Bearer ${await rs256(next, 'next')}`);
    expect(answer).toMatchObject({ status: 503, body: { code: 'TOKENS_UNCHECKED' } });
    const wait = Number(answer.headers.get('Retry-After'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(6);
    expect(await statusOf(await rs256(old, 'old'))).toBe(409);
    expect(await statusOf(await token())).toBe(401);
    pass(wait * 1_000);
    for (const jwt of madeUp) await statusOf(jwt);
    expect(await statusOf(await rs256(next, 'next'))).toBe(409);
    expect(server.seen).toHaveLength(1 + 2);
  });

  it('that cannot be reloaded refuse tokens with an unknown key with 503, and accept the others', async () => {
    const [old, next] = [await pair('RS256'), await pair('RS256')];
    const { issued, statusOf } = await backendWithKeys({ ...(await exportJWK(old.publicKey)), kid: 'old' });
    expect(await statusOf(await rs256(old, 'old'))).toBe(409);
    issued.answers = false;
    const unchecked = statusOf(await rs256(next, 'next'));
    expect(await statusOf(await rs256(old, 'old'))).toBe(409);
    expect(await unchecked).toBe(503);
  });
});
