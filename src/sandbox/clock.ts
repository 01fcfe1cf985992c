/** The clock of a sandbox. Another one makes blocks come sooner, or only when a test advances it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `callback` once, `delay` milliseconds of this clock from now. */
  setTimeout(callback: () => void, delay: number): unknown;
  /** Cancels a timer of {@link Clock.setTimeout}; does nothing if it has fired. */
  clearTimeout(handle: unknown): void;
}

/** A clock that only `advance` moves. */
export interface ManualClock extends Clock {
  /** Advances the clock by `ms` milliseconds, and runs the timers that become due, in order and each at its own time. */
  advance(ms: number): void;
}

/** The longest timer of Node, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * The computer's own time. When the computer's clock is set timestamps follow it, but never back, and blocks are cut
 * as they would have been: timers run on the monotonic clock. A running timer keeps the process alive, because a block
 * is pending.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/**
 * Time that runs `factor` times as fast as the computer's, from now on: with a factor of 100 a block of 2 s is cut
 * after 20 ms, and its timestamps are still 2 s apart. It does not follow the computer's clock when that is set.
 *
 * @example
 * const sandbox = createSandbox({ blockTime: 2_000, clock: scaledClock(100) });
 * @throws RangeError if the factor is not a number above 0.
 */
export function scaledClock(factor: number): Clock {
  if (!(factor > 0 && Number.isFinite(factor))) throw new RangeError('A clock needs a factor above 0.');
  const start = Date.now();
  const startedAt = performance.now();
  return {
    now: () => start + Math.round((performance.now() - startedAt) * factor),
    setTimeout: (callback, delay) => setTimeout(callback, Math.min(delay / factor, LONGEST_TIMER)),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
}

/**
 * A clock for tests: time stands still until `advance()`.
 *
 * @param start milliseconds since 1970; the first moment of 2025 (UTC) unless given.
 * @example
 * const clock = manualClock();
 * const sandbox = createSandbox({ blockTime: 2_000, clock });
 * clock.advance(2_000); // the waiting block is cut
 */
export function manualClock(start: number = Date.UTC(2025, 0, 1)): ManualClock {
  let now = start;
  const timers = new Map<symbol, { readonly due: number; readonly callback: () => void }>();

  const nextDueBy = (end: number) =>
    [...timers].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due)[0];

  return {
    now: () => now,
    setTimeout: (callback, delay) => {
      const handle = Symbol('timer');
      timers.set(handle, { due: now + Math.max(0, delay), callback });
      return handle;
    },
    clearTimeout: (handle) => void timers.delete(handle as symbol),
    advance: (ms) => {
      const end = now + ms;
      for (let next = nextDueBy(end); next !== undefined; next = nextDueBy(end)) {
        const [handle, { due, callback }] = next;
        timers.delete(handle);
        now = due;
        callback();
      }
      now = end;
    },
  };
}
