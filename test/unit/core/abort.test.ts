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
    expect(() => scope.throwIfAborted()).toThrow('parent: stop');
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
    scope.throwIfAborted();
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
    expect(() => scope.throwIfAborted()).toThrow('expired');
    now.mockRestore();
  });

  it('is over by the clock with its parent, which then has ended too', () => {
    fakeTime();
    const parent = new Scope(undefined, ofParent, limit());
    const scope = new Scope(parent, ofParent, limit(2_000));
    scope.throwIfAborted();
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
    expect(() => scope.throwIfAborted()).toThrow('parent: expired');
    now.mockRestore();
    expect(parent.reason).toBe('expired');
  });

  it('has one timer for itself and the scopes above it, of which the shortest ends', async () => {
    const pass = fakeTime();
    const top = new Scope(undefined, ofParent, { ms: 1_000, reason: () => 'top' });
    const middle = new Scope(top, ofParent, { ms: 5_000, reason: () => 'middle' });
    const [first, second] = [500, 2_000].map((ms) => new Scope(middle, ofParent, { ms, reason: () => `${ms}` }));
    const ends = [first, second].map((scope) => scope && rejection(abortable(new Promise(() => {}), scope)));
    expect(vi.getTimerCount()).toBe(2);
    await pass(500);
    expect(await ends[0]).toBe('500');
    expect([top.aborted, middle.aborted, second?.aborted]).toEqual([false, false, false]);
    await pass(500);
    expect(await ends[1]).toBe('parent: parent: top');
    expect([top.reason, middle.reason]).toEqual(['top', 'parent: top']);
    for (const scope of [first, second, middle, top]) scope?.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('aborts with a parent that has aborted before or does later', () => {
    const parent = new Scope(undefined, ofParent, limit());
    const [early, late] = [0, 1].map(() => new Scope(parent, ofParent, limit()));
    const signal = early?.signal;
    parent.abort('stop');
    expect([signal?.reason, late?.aborted, late?.signal.reason]).toEqual(Array(3).fill('parent: stop').with(1, true));
    early?.release();
  });

  it('leaves nothing at its parent after its release', () => {
    const parent = new Scope(undefined, ofParent, limit());
    const scope = new Scope(parent, ofParent, limit());
    void scope.signal;
    scope.release();
    parent.abort('stop');
    expect(scope.signal.aborted).toBe(false);
  });

  it('calls back once it has aborted, except callbacks that were removed', () => {
    const scope = new Scope(undefined, ofParent, limit());
    const called: string[] = [];
    whenAborted(scope, () => called.push('first'));
    whenAborted(scope, () => called.push('removed'))();
    scope.abort('stop');
    whenAborted(scope, () => called.push('at once'))();
    expect(called).toEqual(['first', 'at once']);
    scope.release();
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
