import { scaled } from '../helpers/scale.js';
import { violationsOf } from './audit.js';
import { type MoneyTest, moneyTest } from './money-test.js';

export const WRITES = Math.max(60, scaled(15));
/** Few, since other tests run concurrently. */
const CONCURRENCY = 16;

/** A short run; `npm run test:faults` makes the longest one, and holds the calls to their deadlines too. */
export async function short(test: Pick<MoneyTest, 'kind' | 'withoutKey' | 'retries'>) {
  const row = await moneyTest({ seed: 1, writes: WRITES, concurrency: CONCURRENCY, restarts: 1, ...test });
  const { outlived: _, ...violations } = violationsOf(row);
  return { row, violations };
}
