import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Refusal } from './responses/refusal.js';

/**
 * Returns a function that compares an API key with these. Several keys may be valid, so that one can be rotated.
 * Digests of equal length are compared in constant time, always with every key, so that response times reveal nothing
 * about them.
 *
 * @throws Error if there is no key, or one that a header cannot hold: an empty one would admit every caller.
 */
export function apiKeys(keys: readonly string[]): (given: string) => boolean {
  if (keys.length === 0 || keys.includes('')) throw new Error('adminApiKey must not be empty: set AUTH_API_KEY.');
  if (!keys.every((key) => /^[\x21-\x7e]+$/.test(key))) {
    throw new Error('adminApiKey must be visible ASCII characters: no header can hold others.');
  }
  const known = keys.map(digest);
  return (given) => known.map((wanted) => timingSafeEqual(digest(given), wanted)).includes(true);
}

/**
 * A guard that admits the holders of an API key, sent as `X-API-Key`. It is not the API key of Spydra.
 *
 * @throws Error if the key is empty, or cannot be sent in a header.
 * @example
 * ```ts
 * const guards = { admin: requireApiKey(process.env.AUTH_API_KEY ?? '') };
 * ```
 */
export function requireApiKey(...keys: readonly string[]): RequestHandler {
  const isKnown = apiKeys(keys);
  return (request, response, next) => {
    if (isKnown(request.get('X-API-Key') ?? '')) return next();
    response.set('WWW-Authenticate', 'ApiKey realm="spydra"');
    throw new Refusal(401, 'UNAUTHORIZED', 'Send the admin key as X-API-Key.');
  };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
