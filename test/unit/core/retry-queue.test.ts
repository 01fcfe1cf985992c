import { describe, expect, it, vi } from 'vitest';
import { RetryQueue } from '../../../src/core/retry-queue.js';
import { withResolvers } from '../../../src/core/with-resolvers.js';
import { fakeTime } from '../../helpers/time.js';

const LIFETIME = 3_600_000;

/** A queue whose attempts succeed for the keys that `isDone` says, and what has been attempted. */
function queueWith(isDone: (key: string) => boolean | Promise<boolean>) {
  const state = { isPaused: false, attempts: [] as string[], changes: [] as [boolean, number][] };
  const queue = new RetryQueue({
    attempt: async (key) => {
      state.attempts.push(key);
      return isDone(key);
    },
    isPaused: () => state.isPaused,
    onChange: (...change) => state.changes.push(change),
  });
  return { queue, state };
}

describe('a retry queue', () => {
  it('does the work of a key at once, and keeps nothing of it', async () => {
    fakeTime();
    const { queue, state } = queueWith(() => true);
    await queue.add('a', LIFETIME);
    expect(state.attempts).toEqual(['a']);
    expect([queue.size, queue.has('a'), vi.getTimerCount()]).toEqual([0, false, 0]);
  });

  it('retries what fails after half a second, and then less and less often, down to every 15 seconds', async () => {
    const pass = fakeTime();
    const { queue, state } = queueWith(() => false);
    await queue.add('a', LIFETIME);
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      state.attempts.length = 0;
      await pass(pause - 1);
      expect(state.attempts).toEqual([]);
      await pass(1);
      expect(state.attempts).toEqual(['a']);
    }
    expect([queue.has('a'), queue.has('b')]).toEqual([true, false]);
  });

  it('retries half a second after a new failure, however long the pause was', async () => {
    const pass = fakeTime();
    let isDown = true;
    const { queue } = queueWith((key) => key === 'b' && !isDown);
    await queue.add('a', LIFETIME);
    await pass(60_000);
    await queue.add('b', LIFETIME);
    isDown = false;
    await pass(500);
    expect([queue.has('a'), queue.has('b')]).toEqual([true, false]);
  });

  it('retries every half a second while it is paused, one batch each', async () => {
    const pass = fakeTime();
    const { queue, state } = queueWith(() => false);
    state.isPaused = true;
    await Promise.all(Array.from({ length: 250 }, (_, n) => queue.add(`${n}`, LIFETIME)));
    state.attempts.length = 0;
    await pass(5_000);
    expect(state.attempts.length).toBe(10 * 100);
    expect(state.changes).toEqual([]);
  });

  it('attempts at most 100 keys at once when it retries', async () => {
    const pass = fakeTime();
    let [isDown, running, most] = [true, 0, 0];
    const { queue } = queueWith(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return !isDown;
    });
    await Promise.all(Array.from({ length: 250 }, (_, n) => queue.add(`${n}`, LIFETIME)));
    [isDown, most] = [false, 0];
    await pass(500);
    expect([queue.size, most]).toEqual([0, 100]);
  });

  it('reports once that retries have left work, and once that they have not', async () => {
    const pass = fakeTime();
    let isDown = true;
    const { queue, state } = queueWith(() => !isDown);
    await Promise.all(['a', 'b'].map((key) => queue.add(key, LIFETIME)));
    expect(state.changes).toEqual([]);
    await pass(10_000);
    expect(state.changes).toEqual([[true, 2]]);
    isDown = false;
    await pass(20_000);
    expect(state.changes).toEqual([
      [true, 2],
      [false, 0],
    ]);
  });

  it('gives up what has expired', async () => {
    const pass = fakeTime();
    const { queue, state } = queueWith(() => false);
    await queue.add('a', 1_000);
    await pass(60_000);
    expect(state.attempts).toHaveLength(2);
    expect([queue.size, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('makes one more attempt for all that are added during one, after it', async () => {
    const ends = [withResolvers<boolean>(), withResolvers<boolean>()];
    let n = 0;
    const { queue, state } = queueWith(() => ends[n++]?.promise ?? true);
    const first = queue.add('a', LIFETIME);
    await vi.waitFor(() => expect(state.attempts).toEqual(['a']));
    const later = Array.from({ length: 3 }, () => queue.add('a', LIFETIME));
    ends[0]?.resolve(true);
    await first;
    // What was added later is not done by the attempt that began before.
    expect(queue.has('a')).toBe(true);
    ends[1]?.resolve(true);
    await Promise.all(later);
    expect(queue.has('a')).toBe(false);
    expect(state.attempts).toEqual(['a', 'a']);
  });

  it('stops after a last attempt, and leaves no timer', async () => {
    fakeTime();
    const { queue, state } = queueWith(() => false);
    await queue.add('a', LIFETIME);
    expect(vi.getTimerCount()).toBe(1);
    await queue.stop();
    expect(state.attempts).toEqual(['a', 'a']);
    await queue.add('b', LIFETIME);
    expect(vi.getTimerCount()).toBe(0);
  });
});
