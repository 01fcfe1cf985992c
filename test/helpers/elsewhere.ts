import type { CacheStore } from 'spydra-sdk';

/** Runs before each operation of a store: it may take time, or throw. */
export type Before = (operation: 'get' | 'set', key: string) => unknown;

/** A store with the asynchrony of one in another process. */
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

/** Waits in real time. */
export const milliseconds = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
