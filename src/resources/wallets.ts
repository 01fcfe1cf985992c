import pMap from 'p-map';
import * as z from 'zod';
import { sum, worth } from '../amounts.js';
import type { Call, CallOptions, Calls } from '../call.js';
import { NotFoundError } from '../errors.js';
import type { Balance, Ledger, TransactionRecord } from '../ledger/ledger.js';
import type { PageInput, PageList } from '../pages.js';
import { validate } from '../validate.js';
import * as field from './fields.js';
import { transactionPages } from './transactions.js';

/** Of which asset; default: of all. */
export interface BalanceInput {
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
  readonly assetType: string;
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

const balanceInput = z.strictObject({ walletId: field.id, assetId: field.id.optional() });
const transactionsInput = field.page.extend({ walletId: field.id, assetId: field.id.optional() });

/** Assets that are read side by side for one wallet. */
const CONCURRENCY = 8;

/** Wallets: `spydra.wallets`. */
export class Wallets {
  readonly #ledger: Ledger;
  readonly #calls: Calls;

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
  async balance(walletId: string, input: BalanceInput = {}, options?: CallOptions): Promise<WalletBalance> {
    const { assetId } = validate(balanceInput, { ...input, walletId });
    return this.#calls.read(options, async (call) => {
      const held = await this.#ledger.getBalances(walletId, assetId, call);
      // A server may ignore the filter.
      const wanted = held.filter((entry) => assetId === undefined || entry.assetId === assetId);
      const balances = await pMap(wanted, (entry) => this.#named(entry, call), { concurrency: CONCURRENCY });
      return { walletId, balances, totalAssets: balances.length };
    });
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
    options?: CallOptions,
  ): PageList<TransactionRecord> {
    const { assetId, walletId: _, ...page } = validate(transactionsInput, { ...input, walletId });
    return transactionPages(this.#ledger, this.#calls, { walletId, assetId }, page, options);
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
  async portfolio(walletId: string, options?: CallOptions): Promise<Portfolio> {
    validate(field.id, walletId, 'walletId');
    return this.#calls.read(options, async (call) => {
      const held = await this.#ledger.getBalances(walletId, undefined, call);
      const holdings = await pMap(held, (entry) => this.#valued(entry, call), { concurrency: CONCURRENCY });
      return { walletId, holdings, totalValue: sum(holdings.map((holding) => holding.value)) };
    });
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
