import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { json, scriptedServer } from '../../../../test/helpers/scripted-server.js';

export const SECRET = 'secret-of-the-issuer-that-nobody-may-see';
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'spydra-backend';

/** The environment of a backend that knows users by tokens signed with the secret. */
export const BY_SECRET = { JWT_SECRET: SECRET, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };

export type Claims = Readonly<Record<string, unknown>>;

/** Claims that are right; undefined leaves one out. */
export function claims(others: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: ISSUER, aud: AUDIENCE, sub: 'user-1', iat: now, exp: now + 300, role: 'admin', ...others };
}

/** Seconds since the epoch, so many from now. */
export function fromNow(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

type Key = Parameters<SignJWT['sign']>[0];

export function signed(payload: Claims, key: Key, header: JWTHeaderParameters): Promise<string> {
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

/** A token signed with the secret. */
export function token(others: Claims = {}, secret = SECRET, alg = 'HS256'): Promise<string> {
  return signed(claims(others), new TextEncoder().encode(secret), { alg });
}

/** The part of a token that says this. */
export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token with a right signature by the secret, whatever it says. */
export function handMade(header: object, payload: object): string {
  const said = `${part(header)}.${part(payload)}`;
  return `${said}.${createHmac('sha256', SECRET).update(said).digest('base64url')}`;
}

/** An issuer that signs with keys of its own and publishes their public halves. */
export async function issuer() {
  const [rsa, ec, stranger] = await Promise.all(
    ['RS256', 'ES256', 'RS256'].map((alg) => generateKeyPair(alg, { extractable: true })),
  );
  if (!rsa || !ec || !stranger) throw new Error('There are no keys.');
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
  ];
  const server = await scriptedServer((_request, response) => json(response, 200, { keys }));
  const environment = { JWT_JWKS_URL: `${server.url}/jwks.json`, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  return { rsa, ec, stranger, keys, server, environment };
}
