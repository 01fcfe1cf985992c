import { onTestFinished, vi } from 'vitest';

/** Time that moves only when told, for the SDK and for its server, until the test is over. */
export function fakeTime(): (ms: number) => Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  // At 0, lru-cache takes the time for none.
  vi.advanceTimersByTime(1);
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => vi.advanceTimersByTimeAsync(ms);
}

/** Lets time pass until something is done. */
export async function passing<T>(pass: (ms: number) => Promise<unknown>, work: PromiseLike<T> | T): Promise<T> {
  let isOver = false;
  void Promise.allSettled([work]).then(() => {
    isOver = true;
  });
  while (!isOver) await pass(10);
  return work;
}
