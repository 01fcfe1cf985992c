import { compositeKey, parentKey } from './composite-key.js';

/*
 * Delta rows, as in Fabric's sample `high-throughput`: a total is not one value that is overwritten, but the sum
 * of rows. Each change writes a row of its own, so that no two transactions ever write the same key.
 */

/** The name of a total: `['balance', 'alice', 'asset-1']`. */
export type TotalName = readonly string[];

/** The sums of positive and of negative rows; both are 0 or more. */
export interface RowSum {
  readonly added: bigint;
  readonly taken: bigint;
}

/** The object type of every row, whatever it counts. */
export const DELTA = 'delta';

const ROWS = compositeKey(DELTA);
const NO_ROWS: RowSum = { added: 0n, taken: 0n };

/** The key of the one row by which a transaction changes a total: it ends with the transaction's id. */
export function rowKey(total: TotalName, txId: string): string {
  return compositeKey(DELTA, ...total, txId);
}

/** The sum of every total, updated with each row: a wallet may have too many rows to add up at each read. */
export class RowSums {
  readonly #sums = new Map<string, RowSum>();

  /** Counts the rows among these writes. A row is never written twice. */
  add(writes: ReadonlyMap<string, string>): void {
    for (const [key, value] of writes) {
      if (key.startsWith(ROWS)) this.#count(parentKey(key) ?? key, BigInt(value));
    }
  }

  of(total: TotalName): RowSum {
    return this.#sums.get(compositeKey(DELTA, ...total)) ?? NO_ROWS;
  }

  #count(total: string, change: bigint): void {
    const { added, taken } = this.#sums.get(total) ?? NO_ROWS;
    this.#sums.set(total, change < 0n ? { added, taken: taken - change } : { added: added + change, taken });
  }
}
