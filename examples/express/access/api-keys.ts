import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from './caller.js';

/**
 * Knows admins by their keys; several, so that a new key works before the old one ends. Digests of equal length are
 * compared in constant time, each with every key, so that the time of an answer tells nothing about any of them.
 *
 * @throws Error if there is no key, or an empty one: it would let everybody in.
 */
export function apiKeys(keys: readonly string[]): (key: string) => Caller | undefined {
  if (keys.length === 0 || keys.includes('')) throw new Error('adminApiKey must not be empty: set AUTH_API_KEY.');
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
