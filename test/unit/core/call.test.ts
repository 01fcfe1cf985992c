import { describe, expect, it } from 'vitest';
import { type Call, ensureAlive } from '../../../src/core/call.js';
import { DeadlineExceededError } from '../../../src/errors.js';
import { laterByMilliseconds } from '../../helpers/time.js';

const callWith = (signal: AbortSignal, ms: number): Call => ({
  signal,
  deadlineAt: performance.now() + ms,
  timeout: 1_000,
  retries: { id: '', limit: 0, waitAfter: () => undefined, succeeded: undefined },
  headers: {},
});

describe('ensureAlive', () => {
  const NEVER = new AbortController().signal;

  it('accepts a call before its deadline', () => {
    expect(() => ensureAlive(callWith(NEVER, 60_000))).not.toThrow();
    expect(() => ensureAlive(callWith(NEVER, Number.POSITIVE_INFINITY))).not.toThrow();
  });

  it('throws after the deadline, though no timer has fired', () => {
    const later = laterByMilliseconds();
    const call = callWith(NEVER, 60_000);
    later(60_001);
    expect(() => ensureAlive(call)).toThrow(DeadlineExceededError);
  });

  it('throws the reason of a signal that has aborted', () => {
    expect(() => ensureAlive(callWith(AbortSignal.abort(new Error('enough')), 60_000))).toThrow('enough');
  });
});
