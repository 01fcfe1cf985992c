import { describe, expect, it } from 'vitest';
import { type LockMode, type Release, RwLocks } from '../../../src/core/rw-lock.js';
import { rejection } from '../../helpers/client.js';

const NEVER = new AbortController().signal;

/** Lets pending promises settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Locks whose holders are recorded in the order of acquisition. */
function recorded() {
  const locks = new RwLocks();
  const granted: string[] = [];
  const releases = new Map<string, Release>();
  const acquire = async (id: string, mode: LockMode, name = 'lock') => {
    releases.set(id, await locks.acquire(name, NEVER, mode));
    granted.push(id);
  };
  return { locks, granted, acquire, release: (id: string) => releases.get(id)?.() };
}

describe('readers-writer locks', () => {
  it('let readers in together, and a writer alone', async () => {
    const { granted, acquire, release } = recorded();
    void acquire('reader 1', 'shared');
    void acquire('reader 2', 'shared');
    void acquire('writer', 'exclusive');
    await settled();
    expect(granted).toEqual(['reader 1', 'reader 2']);
    release('reader 1');
    await settled();
    expect(granted).toHaveLength(2);
    release('reader 2');
    await settled();
    expect(granted).toEqual(['reader 1', 'reader 2', 'writer']);
  });

  it('are first come, first served: a reader does not overtake a waiting writer', async () => {
    const { granted, acquire, release } = recorded();
    void acquire('reader 1', 'shared');
    void acquire('writer', 'exclusive');
    void acquire('reader 2', 'shared');
    await settled();
    expect(granted).toEqual(['reader 1']);
    release('reader 1');
    await settled();
    expect(granted).toEqual(['reader 1', 'writer']);
    release('writer');
    await settled();
    expect(granted).toEqual(['reader 1', 'writer', 'reader 2']);
  });

  it('of other names do not wait', async () => {
    const { granted, acquire } = recorded();
    await acquire('a', 'exclusive', 'one');
    await acquire('b', 'exclusive', 'two');
    expect(granted).toEqual(['a', 'b']);
  });

  it('reject a waiter with the reason of its signal, and serve those behind it', async () => {
    const { locks, granted, acquire } = recorded();
    await acquire('reader 1', 'shared');
    const controller = new AbortController();
    const writer = rejection(locks.acquire('lock', controller.signal));
    void acquire('reader 2', 'shared');
    await settled();
    expect(granted).toEqual(['reader 1']);
    controller.abort('given up');
    expect(await writer).toBe('given up');
    await settled();
    expect(granted).toEqual(['reader 1', 'reader 2']);
  });

  it('reject at once if the signal has aborted, and hold nothing', async () => {
    const { locks, granted, acquire } = recorded();
    expect(await rejection(locks.acquire('lock', AbortSignal.abort('over')))).toBe('over');
    await acquire('writer', 'exclusive');
    expect(granted).toEqual(['writer']);
  });
});
