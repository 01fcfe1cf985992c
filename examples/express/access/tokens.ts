import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import * as z from 'zod';
import { Refusal } from '../answers/refusal.js';
import type { TokenConfig } from '../config.js';
import type { Caller } from './caller.js';

/** Each kind of key verifies its own algorithms: a public key is never taken for a secret, and `none` for neither. */
const BY_SECRET = ['HS256'];
const BY_PUBLIC_KEY = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Seconds by which clocks may differ. */
const CLOCK_TOLERANCE = 5;

/** What went wrong on the way to the issuer's keys; anything else that jose refuses is the token's fault. */
const ISSUERS_FAULT = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JWK_INVALID']);

/**
 * Knows callers by signed tokens of one issuer, for us, that end.
 *
 * @throws Refusal 503 where the issuer's keys cannot be had.
 */
export function tokens(config: TokenConfig): (token: string) => Promise<Caller | undefined> {
  const verify = verifier(config);
  return async (token) => {
    try {
      return callerIn(await verify(token), config.walletClaim);
    } catch (cause) {
      if (cause instanceof errors.JOSEError && !ISSUERS_FAULT.has(cause.code)) return undefined;
      const sentence = 'Tokens cannot be checked right now. Try again later.';
      throw new Refusal(503, 'TOKENS_UNCHECKED', sentence, { cause });
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
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  const options: JWTVerifyOptions = { ...wanted, algorithms: BY_PUBLIC_KEY };
  return async (token) => (await jwtVerify(token, keys, options)).payload;
}

const subject = z.string().min(1);
const role = z.enum(['admin', 'investor', 'user']).optional().catch(undefined);
const wallet = z.string().optional().catch(undefined);

function callerIn(claims: JWTPayload, walletClaim: string): Caller | undefined {
  const sub = subject.safeParse(claims.sub);
  if (!sub.success) return undefined;
  return { id: `token:${sub.data}`, role: role.parse(claims.role), wallet: wallet.parse(claims[walletClaim]) };
}
