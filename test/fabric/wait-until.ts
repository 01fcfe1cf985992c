import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a check returns something truthy, and returns that; outside of Vitest too. */
export async function waitUntil<T>(
  check: () => T | Promise<T>,
  { timeout = 60_000, interval = 50 } = {},
): Promise<NonNullable<T>> {
  const endsAt = performance.now() + timeout;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (performance.now() > endsAt) throw new Error(`a condition was not met within ${timeout} ms`);
    await delay(interval);
  }
}
