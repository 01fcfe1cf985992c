import { lru } from 'spydra-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';

const HOUR = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

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

  it('keeps at most maxBytes, and counts an entry that was replaced or deleted once', async () => {
    const store = lru({ maxBytes: 100 });
    for (let n = 0; n < 10; n++) await store.set('a', 'x'.repeat(20), HOUR);
    for (const key of ['b', 'c']) await store.set(key, 'x'.repeat(20), HOUR);
    const kept = () => ['a', 'b', 'c', 'd'].filter((key) => store.get(key) !== undefined);
    expect(kept()).toEqual(['b', 'c']);
    await store.delete('b');
    await store.set('d', 'x'.repeat(20), HOUR);
    expect(kept()).toEqual(['c', 'd']);
  });

  it('gives nothing for an entry whose time is over', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    // A real clock is never at zero, which lru-cache takes for no time.
    vi.advanceTimersByTime(1);
    const store = lru();
    await store.set('a', 'a', 1_000);
    vi.advanceTimersByTime(1_000);
    expect(await store.get('a')).toBe('a');
    vi.advanceTimersByTime(1);
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
