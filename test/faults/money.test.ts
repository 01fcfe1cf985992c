import { describe, expect, it } from 'vitest';
import { violationsOf } from './audit.js';
import { type MoneyTest, moneyTest } from './money-test.js';

// The short run; `npm run test:faults` makes the long one, and holds the calls to their deadlines too.
async function short(test: Pick<MoneyTest, 'kind' | 'withoutKey'>) {
  const row = await moneyTest({ seed: 1, writes: 150, restarts: 1, ...test });
  const { outlived: _, ...violations } = violationsOf(row);
  return { row, violations };
}

describe('what the SDK says of its writes agrees with the ledger', () => {
  it.each(['header', 'filter', 'none'] as const)(
    'on a server of the kind %j, through a network that fails',
    async (kind) => {
      const { row, violations } = await short({ kind });
      expect(row).toMatchObject({ calls: 150, restarts: 1 });
      expect(row.faults).toBeGreaterThan(0);
      expect(Object.entries(violations).filter(([, count]) => count > 0)).toEqual([]);
    },
    60_000,
  );

  it('and this test fails where the SDK sends no keys', async () => {
    const { violations } = await short({ kind: 'none', withoutKey: true });
    expect(Object.values(violations).some((count) => count > 0)).toBe(true);
  }, 60_000);
});
