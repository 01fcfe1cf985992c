import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import * as z from 'zod';
import { Refusal } from '../../express/index.js';
import type { TokenConfig } from '../config.js';
import type { Caller } from './caller.js';
import { IssuerKeys, KeysUnknown } from './issuer-keys.js';

/** Allowed algorithms by kind of key: a public key is never used as an HMAC secret, and `none` is never accepted. */
const BY_SECRET = ['HS256'];
const BY_PUBLIC_KEY = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Clock tolerance in seconds. */
const CLOCK_TOLERANCE = 5;

/** Retry-After in seconds when the keys could not be loaded. */
const ASK_AGAIN = 5;

/** Errors of loading the issuer's keys; all other errors of jose mean that the token is not valid. */
const ISSUERS_FAULT = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JWK_INVALID']);

/**
 * Authenticates JWTs of one issuer and audience; `exp` is required.
 *
 * @throws Refusal 503 if the issuer's keys cannot be loaded.
 */
export function tokens(config: TokenConfig): (token: string) => Promise<Caller | undefined> {
  const verify = verifier(config);
  return async (token) => {
    try {
      return callerIn(await verify(token), config.walletClaim);
    } catch (cause) {
      if (cause instanceof errors.JOSEError && !ISSUERS_FAULT.has(cause.code)) return undefined;
      const sentence = 'Tokens cannot be checked right now. Try again later.';
      const wait = cause instanceof KeysUnknown ? Math.ceil(cause.retryAfter / 1_000) : ASK_AGAIN;
      throw new Refusal(503, 'TOKENS_UNCHECKED', sentence, { cause, retryAfter: Math.max(1, wait) });
    }
  };
}

function verifier({ secret, jwksUrl = '', issuer, audience }: TokenConfig): (token: string) => Promise<JWTPayload> {
  const wanted = { issuer, audience, requiredClaims: ['exp', 'sub'], clockTolerance: CLOCK_TOLERANCE };
  if (secret !== undefined) {
    const key = new TextEncoder().encode(secret);
    const options: JWTVerifyOptions = { ...wanted, algorithms: BY_SECRET };
    return async (token) => (await jwtVerify(token, key, options)).payload;
  }
  const keys = new IssuerKeys(new URL(jwksUrl), { ...wanted, algorithms: BY_PUBLIC_KEY });
  return (token) => keys.verify(token);
}

const subject = z.string().min(1);
const role = z.enum(['admin', 'investor', 'user']).optional().catch(undefined);
const wallet = z.string().optional().catch(undefined);

function callerIn(claims: JWTPayload, walletClaim: string): Caller | undefined {
  const sub = subject.safeParse(claims.sub);
  if (!sub.success) return undefined;
  const expiresAt = claims.exp === undefined ? undefined : (claims.exp + CLOCK_TOLERANCE) * 1_000;
  return {
    id: `token:${sub.data}`,
    role: role.parse(claims.role),
    wallet: wallet.parse(claims[walletClaim]),
    expiresAt,
  };
}
