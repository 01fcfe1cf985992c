import { createHash } from 'node:crypto';
import { onTestFinished, vi } from 'vitest';
import { scriptedServer } from './scripted-server.js';

/** Fake time for the SDK and its server, until the test is over; it advances only on demand. */
export function fakeTime(): (ms: number) => Promise<unknown> {
  // Both clocks continue from their current values: earlier measurements must not lie in the future.
  const [elapsed, now] = [performance.now(), Date.now()];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'], now: now - elapsed });
  digestsAtOnce();
  vi.advanceTimersByTime(Math.ceil(elapsed));
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => vi.advanceTimersByTimeAsync(ms);
}

/**
 * {@link fakeTime} for tests with real sockets, whose time passes on its own: wait for a condition with {@link until},
 * then let time pass. Fetch has one timer for the whole process, made by its first request: that one must be real.
 */
export async function fakeTimeOverSockets(): Promise<(ms: number) => Promise<unknown>> {
  const { url } = await scriptedServer((_request, response) => void response.end());
  await (await fetch(url)).text();
  return fakeTime();
}

/**
 * Digests come from other threads, in their own time and order, in which a fake clock would go on: until the test is
 * over they are made in this one.
 */
export function digestsAtOnce(): void {
  const digest = vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (_algorithm, data) => {
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data;
    return new Uint8Array(createHash('sha256').update(new Uint8Array(bytes)).digest()).buffer;
  });
  onTestFinished(() => digest.mockRestore());
}

/** Advances fake time in small steps until `work` is settled. */
export async function advancing<T>(pass: (ms: number) => Promise<unknown>, work: PromiseLike<T> | T): Promise<T> {
  let isOver = false;
  void Promise.allSettled([work]).then(() => {
    isOver = true;
  });
  while (!isOver) await pass(10);
  return work;
}

/** Advances fake time from timer to timer until `work` has settled. Work without timers gets the real time it takes. */
export async function leaping<T>(work: PromiseLike<T>): Promise<T> {
  let isOver = false;
  void Promise.allSettled([work]).then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (let turn = 0; turn < 20 && !isOver; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (!isOver) vi.advanceTimersToNextTimer();
  }
  return work;
}

/** Waits for a condition without advancing time: digests are computed by other threads. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets the monotonic clock, or another one in its place, leap until the test is over. */
export function laterByMilliseconds(now = performance.now.bind(performance)): (ms: number) => void {
  let later = 0;
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + later);
  onTestFinished(() => spy.mockRestore());
  return (ms) => {
    later += ms;
  };
}
