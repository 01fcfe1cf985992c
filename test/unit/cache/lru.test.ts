import { lru } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';

const HOUR = 3_600_000;

describe('lru()', () => {
  it('keeps at most maxEntries, and drops the least recently used', async () => {
    const store = lru({ maxEntries: 2 });
    for (const key of ['a', 'b']) await store.set(key, key, HOUR);
    await store.get('a');
    await store.set('c', 'c', HOUR);
    expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual(['a', undefined, 'c']);
  });

  it('evicts nothing when an entry is written again at the limit', async () => {
    const store = lru({ maxEntries: 2 });
    for (const key of ['a', 'b', 'a']) await store.set(key, key, HOUR);
    expect([await store.get('a'), await store.get('b')]).toEqual(['a', 'b']);
  });

  it('does not keep an entry larger than maxBytes, and returns false', async () => {
    const store = lru({ maxBytes: 100 });
    expect(await store.set('a', 'x'.repeat(100), HOUR)).toBe(false);
    expect(await store.get('a')).toBeUndefined();
  });

  it('allocates no memory for entries in advance', () => {
    const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = used();
    const stores = Array.from({ length: 100 }, () => lru());
    expect(used() - before).toBeLessThan(20_000_000);
    expect(stores.length).toBe(100);
  });
});
