import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { abortable, callSoon, Scope, sleep, whenAborted } from '../../../src/core/abort.js';
import { rejection } from '../../helpers/client.js';
import { fakeTime } from '../../helpers/time.js';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('sleep', () => {
  it('rejects with the reason of the signal, and leaves no timer or listener', async () => {
    fakeTime();
    const controller = new AbortController();
    const slept = rejection(sleep(1_000, controller.signal));
    expect([vi.getTimerCount(), listeners(controller.signal)]).toEqual([1, 1]);
    controller.abort('enough');
    expect(await slept).toBe('enough');
    expect([vi.getTimerCount(), listeners(controller.signal)]).toEqual([0, 0]);
  });
});

describe('abortable', () => {
  it('resolves with the work, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve('done'), signal)).toBe('done');
    await Promise.resolve();
    expect(listeners(signal)).toBe(0);
  });

  it('rejects with the reason of the signal while the work goes on', async () => {
    const controller = new AbortController();
    const aborted = rejection(abortable(new Promise(() => {}), controller.signal));
    controller.abort('enough');
    expect(await aborted).toBe('enough');
  });
});

describe('callSoon', () => {
  it('needs no timer for a delay of zero', async () => {
    fakeTime();
    const callback = vi.fn();
    callSoon(0, callback);
    expect(callback).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(callback).toHaveBeenCalledOnce();
  });

  it.each([0, 10])('does not call after it was cancelled: delay %i', async (ms) => {
    const pass = fakeTime();
    const callback = vi.fn();
    callSoon(ms, callback)();
    await pass(20);
    expect(callback).not.toHaveBeenCalled();
  });
});

describe('scope', () => {
  const limit = (ms = 1_000) => ({ ms, reason: () => 'expired' });
  const ofParent = (reason: unknown) => `parent: ${reason}`;

  it('adds no timer and no listener before its signal is read', () => {
    fakeTime();
    const { signal } = new AbortController();
    const scope = new Scope(signal, ofParent, limit());
    expect([vi.getTimerCount(), listeners(signal)]).toEqual([0, 0]);
    void scope.signal;
    expect([vi.getTimerCount(), listeners(signal)]).toEqual([1, 1]);
    scope.release();
    expect([vi.getTimerCount(), listeners(signal)]).toEqual([0, 0]);
  });

  it('aborts with its own reason after its time', async () => {
    const pass = fakeTime();
    const { signal } = new Scope(undefined, ofParent, limit());
    await pass(999);
    expect(signal.aborted).toBe(false);
    await pass(1);
    expect(signal.reason).toBe('expired');
  });

  it('aborts with its parent, whose reason it translates', () => {
    const controller = new AbortController();
    const scope = new Scope(controller.signal, ofParent, limit());
    const { signal } = scope;
    controller.abort('stop');
    expect(signal.reason).toBe('parent: stop');
    expect(() => scope.ensureOpen()).toThrow('parent: stop');
    scope.release();
  });

  it('keeps the first reason', () => {
    const scope = new Scope(undefined, ofParent, limit());
    scope.abort('first');
    scope.abort('second');
    expect(scope.signal.reason).toBe('first');
  });

  it('is over by the clock, even where its timer has not fired', () => {
    fakeTime();
    const scope = new Scope(undefined, ofParent, limit());
    scope.ensureOpen();
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
    expect(() => scope.ensureOpen()).toThrow('expired');
    now.mockRestore();
  });
});

describe('whenAborted', () => {
  it('adds one listener to a signal, however many callbacks there are', () => {
    const { signal } = new AbortController();
    const removals = Array.from({ length: 20 }, () => whenAborted(signal, () => {}));
    expect(listeners(signal)).toBe(1);
    for (const remove of removals) remove();
    expect(listeners(signal)).toBe(0);
  });

  it('calls every callback that was not removed, in order', () => {
    const controller = new AbortController();
    const called: string[] = [];
    whenAborted(controller.signal, () => called.push('first'));
    const remove = whenAborted(controller.signal, () => called.push('removed'));
    whenAborted(controller.signal, () => called.push('last'));
    remove();
    controller.abort();
    expect(called).toEqual(['first', 'last']);
  });

  it('does not call a callback that an earlier one has removed meanwhile', () => {
    const controller = new AbortController();
    const called: string[] = [];
    let remove = () => {};
    whenAborted(controller.signal, () => remove());
    remove = whenAborted(controller.signal, () => called.push('removed'));
    controller.abort();
    expect(called).toEqual([]);
  });

  it('calls back at once if the signal has aborted', () => {
    const signal = AbortSignal.abort();
    let calls = 0;
    whenAborted(signal, () => calls++)();
    expect([calls, listeners(signal)]).toEqual([1, 0]);
  });

  it('listens again after the last callback was removed', () => {
    const controller = new AbortController();
    whenAborted(controller.signal, () => {})();
    let calls = 0;
    whenAborted(controller.signal, () => calls++);
    controller.abort();
    expect(calls).toBe(1);
  });
});
