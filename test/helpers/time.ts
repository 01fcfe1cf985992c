import { onTestFinished, vi } from 'vitest';

/** Time that moves only when told, for the SDK and for its server, until the test is over. */
export function fakeTime(): (ms: number) => Promise<unknown> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  // At 0, lru-cache takes the time for none.
  vi.advanceTimersByTime(1);
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => vi.advanceTimersByTimeAsync(ms);
}
