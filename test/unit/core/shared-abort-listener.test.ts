import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { whenAborted } from '../../../src/core/shared-abort-listener.js';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

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
