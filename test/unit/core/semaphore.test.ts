import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../../src/core/semaphore.js';
import { withResolvers } from '../../../src/core/with-resolvers.js';
import { rejection } from '../../helpers/client.js';

const NEVER = new AbortController().signal;

describe('semaphore', () => {
  it('runs no more than its size at once', async () => {
    const semaphore = new Semaphore(2);
    let [running, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    await Promise.all(Array.from({ length: 9 }, () => semaphore.run(NEVER, work)));
    expect(most).toBe(2);
  });

  it('lets slow work hold one slot, and not the work that comes after it', async () => {
    const semaphore = new Semaphore(2);
    const slow = withResolvers<string>();
    const first = semaphore.run(NEVER, () => slow.promise);
    const others = Array.from({ length: 5 }, (_, n) => semaphore.run(NEVER, async () => n));
    expect(await Promise.all(others)).toEqual([0, 1, 2, 3, 4]);
    slow.resolve('slow');
    expect(await first).toBe('slow');
  });

  it('rejects with the reason of the signal, and does not begin what waits', async () => {
    const semaphore = new Semaphore(1);
    const slow = withResolvers<void>();
    const first = semaphore.run(NEVER, () => slow.promise);
    const controller = new AbortController();
    let hasBegun = false;
    const waiting = rejection(
      semaphore.run(controller.signal, async () => {
        hasBegun = true;
      }),
    );
    controller.abort('given up');
    expect(await waiting).toBe('given up');
    slow.resolve();
    await first;
    await semaphore.run(NEVER, async () => {});
    expect(hasBegun).toBe(false);
  });
});
