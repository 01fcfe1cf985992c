import { createHash } from 'node:crypto';
import { apiKeys } from '../../express/index.js';
import type { Caller } from './caller.js';

/**
 * Authenticates admins by API key. Several keys may be valid, so that one can be rotated.
 *
 * @throws Error if there is no key, or one that a header cannot hold.
 */
export function adminsByKey(keys: readonly string[]): (key: string) => Caller | undefined {
  const isKnown = apiKeys(keys);
  return (key) => (isKnown(key) ? { id: `key:${idOf(key)}`, role: 'admin' } : undefined);
}

function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
