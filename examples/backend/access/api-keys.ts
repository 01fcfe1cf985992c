import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from './caller.js';

/**
 * Authenticates admins by API key. Several keys may be valid, so that one can be rotated. Digests of equal length are
 * compared in constant time, always with every key, so that response times reveal nothing about them.
 *
 * @throws Error if there is no key, or one that a header cannot hold: an empty one would admit every caller.
 */
export function apiKeys(keys: readonly string[]): (key: string) => Caller | undefined {
  if (keys.length === 0 || keys.includes('')) throw new Error('adminApiKey must not be empty: set AUTH_API_KEY.');
  if (!keys.every((key) => /^[\x21-\x7e]+$/.test(key))) {
    throw new Error('adminApiKey must be visible ASCII characters: no header can hold others.');
  }
  const known = keys.map(digest);

  return (key) => {
    const given = digest(key);
    const matches = known.map((wanted) => timingSafeEqual(given, wanted));
    return matches.includes(true) ? { id: `key:${given.toString('hex')}`, role: 'admin' } : undefined;
  };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
