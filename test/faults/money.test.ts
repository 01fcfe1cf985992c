import { describe, expect, it } from 'vitest';
import { short, WRITES } from './short.js';

describe('the outcomes that the SDK reports match the ledger', () => {
  it.each(['header', 'filter', 'none', 'platform'] as const)(
    'on a server of the kind %j, with network faults',
    async (kind) => {
      const { row, violations } = await short({ kind });
      expect(row).toMatchObject({ calls: WRITES, restarts: 1 });
      expect(row.faults).toBeGreaterThan(0);
      expect(Object.entries(violations).filter(([, count]) => count > 0)).toEqual([]);
    },
  );
});
