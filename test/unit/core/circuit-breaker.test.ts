import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/core/circuit-breaker.js';
import { fakeTime } from '../../helpers/time.js';

const fail = () => Promise.reject(new Error('down'));
const succeed = () => 'value';

/** A circuit breaker that opens after three failures; its probe succeeds as soon as `isWell` is set. */
function breaker() {
  const state = { isWell: false, probes: 0, changes: [] as [boolean, unknown][] };
  const circuit = new CircuitBreaker({
    maxFailures: 3,
    probeInterval: 1_000,
    probe: async () => {
      state.probes++;
      if (!state.isWell) throw new Error('still down');
    },
    onChange: (isOpen, cause) => state.changes.push([isOpen, (cause as Error | undefined)?.message]),
  });
  return { circuit, state };
}

describe('a circuit breaker', () => {
  it('returns what work returns, and undefined for what rejects or throws', async () => {
    const { circuit } = breaker();
    expect(await circuit.run('read', succeed)).toBe('value');
    expect(await circuit.run('read', async () => 'later')).toBe('later');
    expect(await circuit.run('read', fail)).toBeUndefined();
    const throwing = () => {
      throw new Error('down');
    };
    expect(await circuit.run('read', throwing)).toBeUndefined();
  });

  // f: a failure, s: a success; of reads, in capitals of writes.
  it.each([
    ['three failures in a row', 'fff', true],
    ['two failures', 'ff', false],
    ['failures with a success between them', 'ffsff', false],
    ['failures of one kind with successes of another between them', 'FsFsF', true],
    ['two failures of each of two kinds', 'fFfF', false],
  ])('after %s (%s) is open: %s', async (_name, history, isOpen) => {
    const { circuit, state } = breaker();
    for (const each of history) {
      const kind = each === each.toUpperCase() ? 'write' : 'read';
      await circuit.run(kind, each.toLowerCase() === 'f' ? fail : succeed);
    }
    expect(circuit.isOpen).toBe(isOpen);
    expect(state.changes).toEqual(isOpen ? [[true, 'down']] : []);
  });

  it('counts failures that were running together once', async () => {
    const { circuit } = breaker();
    for (const isOpen of [false, false, true]) {
      await Promise.all(Array.from({ length: 10 }, () => circuit.run('read', fail)));
      expect(circuit.isOpen).toBe(isOpen);
    }
  });

  it('does no work while it is open, and probes at most once an interval, one probe at a time', async () => {
    const pass = fakeTime();
    const { circuit, state } = breaker();
    for (let n = 0; n < 3; n++) await circuit.run('read', fail);
    let worked = 0;
    const work = () => ++worked;
    const runs = async () => void (await Promise.all([1, 2, 3].map(() => circuit.run('read', work))));
    await runs();
    await pass(999);
    await runs();
    expect(state.probes).toBe(0);
    await pass(1);
    await runs();
    expect(state.probes).toBe(1);
    await runs();
    await pass(1_000);
    await runs();
    expect([state.probes, worked]).toEqual([2, 0]);
  });

  it('closes when a probe succeeds, and counts failures anew', async () => {
    const pass = fakeTime();
    const { circuit, state } = breaker();
    for (let n = 0; n < 3; n++) await circuit.run('read', fail);
    state.isWell = true;
    await pass(1_000);
    expect(await circuit.run('read', succeed)).toBeUndefined();
    await pass(0);
    expect(circuit.isOpen).toBe(false);
    expect(await circuit.run('read', succeed)).toBe('value');
    for (let n = 0; n < 2; n++) await circuit.run('read', fail);
    expect(circuit.isOpen).toBe(false);
    expect(state.changes).toEqual([
      [true, 'down'],
      [false, undefined],
    ]);
  });

  it('knows when it failed last or was found to work again, by the monotonic clock', async () => {
    const pass = fakeTime();
    const { circuit, state } = breaker();
    expect(circuit.failedAt).toBe(Number.NEGATIVE_INFINITY);
    await circuit.run('read', fail);
    const failedAt = performance.now();
    await pass(100);
    await circuit.run('read', succeed);
    expect(circuit.failedAt).toBe(failedAt);
    state.isWell = true;
    await circuit.probe();
    expect(circuit.failedAt).toBe(failedAt + 100);
  });
});
