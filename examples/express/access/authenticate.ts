import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Refusal } from '../answers/refusal.js';

/**
 * Lets only requests with the admin key in `X-API-Key` pass. Digests of equal length are compared in constant time, so
 * that the time of an answer tells nothing about the key.
 *
 * @throws Error if there is no key: it would let everybody in.
 */
export function authenticate(adminApiKey: string): RequestHandler {
  if (!adminApiKey) throw new Error('adminApiKey must not be empty: set AUTH_API_KEY.');
  const wanted = digest(adminApiKey);

  return (request, response, next) => {
    const isAdmin = timingSafeEqual(digest(request.get('X-API-Key') ?? ''), wanted);
    if (isAdmin) response.locals.caller = { role: 'admin' };
    next(isAdmin ? undefined : new Refusal(401, 'UNAUTHORIZED', 'Send the admin key as X-API-Key.'));
  };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
