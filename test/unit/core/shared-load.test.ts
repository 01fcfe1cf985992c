import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.js';
import { SharedLoad } from '../../../src/core/shared-load.js';
import { withResolvers } from '../../../src/core/with-resolvers.js';
import { STANDARD } from '../../../src/http/retries.js';

/** A call that can be aborted. */
function callUntil(deadlineAt: number) {
  const controller = new AbortController();
  const call: Call = { signal: controller.signal, deadlineAt, timeout: 1_000, retries: STANDARD, headers: {} };
  return { call, abort: (reason: unknown) => controller.abort(reason) };
}

/** A load that ends when the test says so. */
function sharedLoad(first: Call) {
  const { promise, resolve, reject } = withResolvers<string>();
  const seen: Call[] = [];
  const load = new SharedLoad(first, (call) => {
    seen.push(call);
    return promise;
  });
  return { load, call: seen[0] as Call, seen, resolve, reject };
}

describe('a shared load', () => {
  it('loads once, at once, with what the first call carries', async () => {
    const { call: first } = callUntil(100);
    const { load, seen, resolve } = sharedLoad({ ...first, headers: { 'x-request-id': '1' } });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ headers: { 'x-request-id': '1' }, timeout: 1_000 });
    const results = [1, 2, 3].map(() => load.join(callUntil(100).call));
    resolve('value');
    expect(await Promise.all(results)).toEqual(['value', 'value', 'value']);
    expect(await load.join(callUntil(100).call)).toBe('value');
    expect(seen).toHaveLength(1);
  });

  it('rejects for all with what it fails with, and for none that is not there', async () => {
    const { load, reject } = sharedLoad(callUntil(100).call);
    const results = [1, 2].map(() => load.join(callUntil(100).call));
    reject(new Error('down'));
    for (const { status } of await Promise.allSettled(results)) expect(status).toBe('rejected');
    // Without a join it must not end the process either.
    sharedLoad(callUntil(100).call).reject(new Error('down'));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('has the latest of the deadlines of all that have joined', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 1 }), (deadlines) => {
        const { load, call } = sharedLoad(callUntil(deadlines[0] as number).call);
        for (const [index, deadlineAt] of deadlines.entries()) {
          void load.join(callUntil(deadlineAt).call);
          expect(call.deadlineAt).toBe(Math.max(...deadlines.slice(0, index + 1)));
        }
      }),
    );
  });

  it('goes on until the last that waits has ended, whichever that is, and is aborted then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), async (order) => {
        const calls = order.map(() => callUntil(100));
        const { load, call } = sharedLoad((calls[0] as (typeof calls)[0]).call);
        const results = calls.map((each) => load.join(each.call));
        const settled = Promise.allSettled(results);
        for (const [left, index] of order.entries()) {
          expect([load.isOpen, call.signal.aborted]).toEqual([true, false]);
          calls[index]?.abort(`gone ${index}`);
          await expect(results[index]).rejects.toBe(`gone ${index}`);
          expect(load.isOpen).toBe(left < order.length - 1);
        }
        expect(call.signal.reason).toMatchObject({ code: 'ABORTED' });
        await settled;
      }),
    );
  });

  it('is not aborted when it has a result and nothing waits any more', async () => {
    const { load, call, resolve } = sharedLoad(callUntil(100).call);
    const joined = load.join(callUntil(100).call);
    resolve('value');
    await joined;
    expect([load.isOpen, call.signal.aborted]).toEqual([true, false]);
  });
});
