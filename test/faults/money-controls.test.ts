import { describe, expect, it } from 'vitest';
import { short } from './short.js';

describe('the outcomes that the SDK reports', () => {
  it('match the ledger with a policy that always retries, on a server that ignores keys', async () => {
    const { violations } = await short({ kind: 'none', retries: { limit: 10, retry: () => true } });
    expect(Object.entries(violations).filter(([, count]) => count > 0)).toEqual([]);
  });

  it('do not match it if the SDK sends no keys (negative control)', async () => {
    const { violations } = await short({ kind: 'none', withoutKey: true });
    expect(Object.values(violations).some((count) => count > 0)).toBe(true);
  });
});
