import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../helpers/stepped-clock.js';
import { FUNDS, type Market, type Order } from './workload.js';

/** A transaction as the server lists it, read without the SDK, which is under test. */
export interface BookedTransaction {
  readonly transactionId: string;
  readonly type: string;
  readonly status: string;
  readonly assetId: string;
  readonly amount?: number;
  readonly recipientWallet?: string;
  readonly fromWallet?: string;
  readonly toWallet?: string;
  readonly metadata?: { readonly mark?: string; readonly idempotencyKey?: string };
}

const NETWORK = '/v2/projects/sandbox-project/networks/sandbox-network';
const PAGE = 1_000;
const SETTLED_WITHIN_MS = 10_000;

/** The ledger, read directly from its server. */
export class Books {
  readonly #url: string;
  /** Committed transactions by the mark of their order. */
  readonly #committed = new Map<string, BookedTransaction[]>();
  #records: readonly BookedTransaction[] = [];

  private constructor(url: string) {
    this.#url = url;
  }

  /** Waits until no transaction is pending, and reads all of them. */
  static async read(url: string): Promise<Books> {
    const books = new Books(url);
    for (const giveUp = monotonicNow() + SETTLED_WITHIN_MS; ; await sleep(50)) {
      books.#records = await books.#list();
      if (books.#records.every(({ status }) => status !== 'PENDING')) break;
      if (monotonicNow() > giveUp) throw new Error('The ledger does not settle.');
    }
    for (const record of books.#records) {
      const { mark } = record.metadata ?? {};
      if (mark === undefined || record.status !== 'COMMITTED') continue;
      books.#committed.set(mark, [...books.effects(mark), record]);
    }
    return books;
  }

  /** The number of transactions that failed with a read conflict. */
  get conflicts(): number {
    return this.#records.filter(({ status }) => status === 'FAILED').length;
  }

  /** The committed transactions of an order. */
  effects(mark: string): readonly BookedTransaction[] {
    return this.#committed.get(mark) ?? [];
  }

  /**
   * How many tokens differ from the orders on the ledger, minted without an order or lost. Each order counts
   * once, as it was placed, however often it is on the ledger.
   */
  async misplaced(orders: readonly Order[], markets: readonly Market[]): Promise<number> {
    const expected = new Map<string, bigint>();
    const add = (wallet: string, amount: bigint) => expected.set(wallet, (expected.get(wallet) ?? 0n) + amount);
    for (const { holders, pauper } of markets) {
      add(pauper, 0n);
      for (const holder of holders) add(holder, FUNDS);
    }
    for (const { mark, from, to, amount } of orders) {
      if (this.effects(mark).length === 0) continue;
      add(to, amount);
      if (from !== undefined) add(from, -amount);
    }
    let misplaced = 0n;
    for (const [wallet, amount] of expected) {
      const difference = (await this.#balance(wallet)) - amount;
      misplaced += difference < 0n ? -difference : difference;
    }
    return Number(misplaced);
  }

  async #list(): Promise<BookedTransaction[]> {
    const records: BookedTransaction[] = [];
    for (;;) {
      const query = `sortBy=timestamp&sortOrder=asc&limit=${PAGE}&offset=${records.length}`;
      const { transactions, total } = (await this.#get(`${NETWORK}/transactions?${query}`)) as {
        transactions: BookedTransaction[];
        total: number;
      };
      records.push(...transactions);
      if (records.length >= total || transactions.length === 0) return records;
    }
  }

  /** Of all assets: here a wallet holds one at most. */
  async #balance(wallet: string): Promise<bigint> {
    const { balances } = (await this.#get(`${NETWORK}/apps/sandbox-app/balances/${wallet}`)) as {
      balances: { balance: number }[];
    };
    return balances.reduce((sum, { balance }) => sum + BigInt(balance), 0n);
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(this.#url + path, { headers: { 'X-API-Key': 'sandbox-key' } });
    if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}.`);
    return response.json();
  }
}

/** Whether a record matches the order. */
export function fulfils(record: BookedTransaction, order: Order): boolean {
  const to = record.type === 'mint' ? record.recipientWallet : record.toWallet;
  return (
    record.type === order.type &&
    record.assetId === order.assetId &&
    record.fromWallet === order.from &&
    to === order.to &&
    record.amount === Number(order.amount)
  );
}
