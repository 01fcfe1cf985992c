import { describe, expect, test, vi } from 'vitest';
import { type Clock, scaledClock, systemClock } from '../../../src/sandbox/index.js';
import { fakeTime } from '../../helpers/time.js';
import { APP, creation, start, temporaryFile, transactions } from './harness.js';

const HOUR = 3_600_000;

/** A sandbox with blocks of 2 s by a clock, and its transactions. */
function ledgerBy(clock: () => Clock, blockTime = 2_000, dataFile?: string) {
  const pass = fakeTime();
  vi.setSystemTime(Date.UTC(2026, 0, 1));
  const { sandbox, api } = start({ blockTime, clock: clock(), dataFile });
  const write = () => api.post(`${APP}/assets`, creation());
  const times = async () => (await transactions(api)).map(({ timestamp }) => Date.parse(String(timestamp)));
  return { pass, sandbox, write, times };
}

describe('setting the system clock while a block is pending', () => {
  test.each([
    ['back', -HOUR],
    ['forward', HOUR],
  ])('%s does not change when the block is cut', async (_, step) => {
    for (const [clock, due] of [
      [() => systemClock, 2_000],
      [() => scaledClock(100), 20],
    ] as const) {
      const { pass, sandbox, write } = ledgerBy(clock);
      await write();
      vi.setSystemTime(Date.now() + step);
      await pass(due - 1);
      expect(sandbox.blocks).toHaveLength(0);
      await pass(1);
      expect(sandbox.blocks).toHaveLength(1);
      vi.useRealTimers();
    }
  });

  test('back makes timestamps stand still rather than decrease', async () => {
    const { pass, sandbox, write, times } = ledgerBy(() => systemClock);
    await write();
    vi.setSystemTime(Date.now() - HOUR);
    await write();
    await pass(2_000);
    const [first, second] = await times();
    expect(second).toBe(first);
    expect(sandbox.blocks[0]?.timestamp).toBe(first);
  });

  test('back, and again before a restart, never decreases timestamps of blocks and transactions', async () => {
    const dataFile = temporaryFile();
    const { pass, sandbox, write } = ledgerBy(() => systemClock, 2_000, dataFile);
    for (let block = 0; block < 2; block++) {
      await write();
      await pass(2_000);
      vi.setSystemTime(Date.now() - HOUR);
    }
    await sandbox.close();
    const next = start({ dataFile });
    await next.api.post(`${APP}/assets`, creation());
    const times = next.sandbox.blocks.flatMap(({ timestamp, transactions: [transaction] }) => {
      return [transaction?.timestamp ?? 0, timestamp];
    });
    expect(times).toHaveLength(6);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test.each([
    ['back', -HOUR],
    ['forward', HOUR],
  ])('%s does not affect the timestamps of a scaled clock', async (_, step) => {
    const { pass, write, times } = ledgerBy(() => scaledClock(100));
    await write();
    await pass(10);
    vi.setSystemTime(Date.now() + step);
    await write();
    const [first = 0, second = 0] = await times();
    expect(second - first).toBe(1_000);
  });
});

test('a slow clock can wait longer than the longest timer', async () => {
  const { pass, sandbox, write } = ledgerBy(() => scaledClock(0.5), 2 ** 31 - 1);
  await write();
  await pass(HOUR);
  expect(sandbox.blocks).toHaveLength(0);
});
