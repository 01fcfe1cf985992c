import type { Calls } from '../calls.js';
import { sum, worth } from '../core/amounts.js';
import type { Call, ReadOptions } from '../core/call.js';
import { ensureId } from '../core/ids.js';
import type { PageInput, PageList } from '../core/pages.js';
import { validateWith } from '../core/validate.js';
import { NotFoundError } from '../errors.js';
import type { AssetType } from '../known-values.js';
import type { Balance, Ledger, TransactionRecord } from '../ledger/ledger.js';
import * as schema from './input-schemas.js';
import { limited, readEach, transactionList } from './reads.js';

/** Which balances to read. */
export interface BalanceInput {
  /** Default: those of all assets. */
  readonly assetId?: string | undefined;
}

/** What a wallet holds. */
export interface WalletBalance {
  readonly walletId: string;
  readonly balances: readonly Balance[];
  /** How many assets it holds. */
  readonly totalAssets: number;
}

/** One asset in a portfolio. */
export interface Holding {
  readonly assetId: string;
  readonly assetName: string;
  readonly symbol: string;
  readonly assetType: AssetType;
  /** Whole tokens. */
  readonly balance: bigint;
  /** US dollars, exact decimal string. */
  readonly pricePerToken: string;
  /** US dollars, exact decimal string: balance times price. */
  readonly value: string;
}

/** What a wallet is worth. */
export interface Portfolio {
  readonly walletId: string;
  readonly holdings: readonly Holding[];
  /** US dollars, exact decimal string. */
  readonly totalValue: string;
}

/** Which transactions of a wallet to list. */
export interface WalletTransactionsInput extends PageInput {
  readonly assetId?: string | undefined;
}

/** Wallets: `spydra.wallets`. */
export class Wallets {
  readonly #ledger: Ledger;
  readonly #calls: Calls;

  /** @internal Made by the client. */
  constructor(ledger: Ledger, calls: Calls) {
    this.#ledger = ledger;
    this.#calls = calls;
  }

  /**
   * Reads what a wallet holds, of one asset or of all.
   *
   * @throws InvalidInputError
   * @example
   * ```ts
   * const { balances } = await spydra.wallets.balance('alice');
   * ```
   */
  async balance(walletId: string, input: BalanceInput = {}, options?: ReadOptions): Promise<WalletBalance> {
    const { assetId } = validateWith(schema.balance, input, { walletId });
    return this.#calls.read(options, (call) => this.#balance(walletId, assetId, call));
  }

  /**
   * Reads what many wallets hold in one call, equal ids once. The results are in the order of the ids; a read that fails
   * does not stop the others.
   *
   * @throws InvalidInputError
   * @example
   * ```ts
   * for (const result of await spydra.wallets.balances(['alice', 'bob'], { assetId })) {
   *   if (result.status === 'fulfilled') console.log(result.value.walletId, result.value.balances[0]?.balance ?? 0n);
   * }
   * ```
   */
  async balances(
    walletIds: readonly string[],
    input: BalanceInput = {},
    options?: ReadOptions,
  ): Promise<PromiseSettledResult<WalletBalance>[]> {
    const wanted = validateWith(schema.balances, input, { walletIds });
    return this.#calls.read(options, (call) =>
      readEach(wanted.walletIds, call, (walletId, each) => this.#balance(walletId, wanted.assetId, each)),
    );
  }

  /**
   * Lists a wallet's transactions, newest first.
   *
   * @throws InvalidInputError, PaginationError
   * @example
   * ```ts
   * const page = await spydra.wallets.transactions('alice', { limit: 20 });
   * ```
   */
  transactions(
    walletId: string,
    input: WalletTransactionsInput = {},
    options?: ReadOptions,
  ): PageList<TransactionRecord> {
    const { assetId, walletId: _, ...page } = validateWith(schema.walletTransactions, input, { walletId });
    return transactionList(this.#ledger, this.#calls, { walletId, assetId }, page, options);
  }

  /**
   * Values what a wallet holds at each asset's current `pricePerToken`.
   *
   * @throws InvalidInputError
   * @example
   * ```ts
   * const { totalValue } = await spydra.wallets.portfolio('alice'); // '52500'
   * ```
   */
  async portfolio(walletId: string, options?: ReadOptions): Promise<Portfolio> {
    ensureId(walletId, 'walletId');
    return this.#calls.read(options, async (call) => {
      const held = await this.#ledger.getBalances(walletId, undefined, call);
      const each = limited(call);
      const holdings = await Promise.all(held.map((entry) => this.#valued(entry, each)));
      return { walletId, holdings, totalValue: sum(holdings.map((holding) => holding.value)) };
    });
  }

  async #balance(walletId: string, assetId: string | undefined, call: Call): Promise<WalletBalance> {
    const held = await this.#ledger.getBalances(walletId, assetId, call);
    // A server may ignore the filter.
    const wanted = held.filter((entry) => assetId === undefined || entry.assetId === assetId);
    const each = call.limit ? call : limited(call);
    const balances = await Promise.all(wanted.map((entry) => this.#named(entry, each)));
    return { walletId, balances, totalAssets: balances.length };
  }

  async #named(entry: Balance, call: Call): Promise<Balance> {
    if (entry.assetName !== undefined) return entry;
    try {
      return { ...entry, assetName: (await this.#ledger.getAsset(entry.assetId, call)).name };
    } catch (error) {
      // A balance without a name is still a balance.
      if (error instanceof NotFoundError) return entry;
      throw error;
    }
  }

  async #valued({ assetId, balance }: Balance, call: Call): Promise<Holding> {
    const { name, symbol, assetType, pricePerToken } = await this.#ledger.getAsset(assetId, call);
    const value = worth(balance, pricePerToken);
    return { assetId, assetName: name, symbol, assetType, balance, pricePerToken, value };
  }
}
