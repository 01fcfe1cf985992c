import type { CacheStore } from 'spydra-sdk';

/** What comes before a store does what it is asked for: it may take time, or throw. */
export type Before = (operation: 'get' | 'set', key: string) => unknown;

/** A store that answers as one in another process does. */
export function elsewhere(inside: CacheStore, before: Before = () => {}): CacheStore {
  return {
    async get(key) {
      await before('get', key);
      return inside.get(key);
    },
    async set(key, value, ttl) {
      await before('set', key);
      return inside.set(key, value, ttl);
    },
    delete: async (key) => inside.delete(key),
  };
}

/** Milliseconds that really pass. */
export const milliseconds = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
