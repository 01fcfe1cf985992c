import { describe, expect, it } from 'vitest';
import { ExpiringMap } from '../../../src/core/expiring-map.js';
import { fakeTime } from '../../helpers/time.js';

describe('expiring map', () => {
  it('holds each entry for its own lifetime', async () => {
    const pass = fakeTime();
    const map = new ExpiringMap<number>();
    map.set('short', 1, 100);
    map.set('long', 2, 200);
    await pass(99);
    expect([map.get('short'), map.get('long'), map.size]).toEqual([1, 2, 2]);
    await pass(1);
    expect([map.get('short'), map.get('long'), map.size]).toEqual([undefined, 2, 1]);
    expect([...map.keys()]).toEqual(['long']);
    await pass(100);
    expect(map.size).toBe(0);
  });

  it('takes the lifetime that an entry was set with last', async () => {
    const pass = fakeTime();
    const map = new ExpiringMap<number>();
    map.set('key', 1, 100);
    map.set('key', 2, 300);
    await pass(200);
    expect(map.get('key')).toBe(2);
    map.set('key', 3, 10);
    await pass(10);
    expect(map.get('key')).toBeUndefined();
  });

  it('never returns an expired entry, even while an older one that lives keeps it in memory', async () => {
    const pass = fakeTime();
    const map = new ExpiringMap<number>();
    map.set('long', 1, 1_000);
    map.set('short', 2, 10);
    await pass(10);
    expect(map.get('short')).toBeUndefined();
    expect([...map.keys()]).toEqual(['long']);
  });

  it('forgets what is deleted', () => {
    const map = new ExpiringMap<number>();
    map.set('key', 1, 1_000);
    map.delete('key');
    expect([map.get('key'), map.size]).toEqual([undefined, 0]);
  });
});
