import { FilteredList } from './filtered-list.js';
import type { Transaction } from './transaction.js';

/** The conditions of a list; a transaction must meet all of them. */
export interface TransactionFilter {
  readonly assetId?: string | undefined;
  /** The wallet that is the recipient, the holder, the sender or the receiver. */
  readonly walletId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly types?: ReadonlySet<string> | undefined;
}

/** Which part of a list, counted from its oldest (`asc`) or newest (`desc`) transaction. */
export interface Page {
  readonly order: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

type Condition = (transaction: Transaction) => boolean;

/** How many lists with several conditions are cached, so that the next page of one needs no new pass. */
const MAX_KEPT_LISTS = 32;

/**
 * The index of accepted transactions by id, asset, wallet and idempotency key.
 * Lists are kept in the order of acceptance, which is the order of the timestamps, so that no request sorts anything.
 */
export class TransactionIndex {
  readonly #all: Transaction[] = [];
  readonly #byId = new Map<string, Transaction>();
  readonly #byAsset = new Map<string, Transaction[]>();
  readonly #byWallet = new Map<string, Transaction[]>();
  readonly #byKey = new Map<string, Transaction[]>();
  readonly #kept = new Map<string, FilteredList<Transaction>>();

  add(transaction: Transaction): void {
    this.#all.push(transaction);
    this.#byId.set(transaction.transactionId, transaction);
    file(this.#byAsset, transaction.assetId, transaction);
    for (const wallet of walletsOf(transaction)) file(this.#byWallet, wallet, transaction);
    for (const key of keysOf(transaction)) file(this.#byKey, key, transaction);
  }

  get(transactionId: string): Transaction | undefined {
    return this.#byId.get(transactionId);
  }

  /** The transactions with the key, oldest first. */
  withKey(idempotencyKey: string): readonly Transaction[] {
    return this.#byKey.get(idempotencyKey) ?? [];
  }

  /** A page of the transactions that meet the filter, and their total. */
  list(filter: TransactionFilter, page: Page): { transactions: Transaction[]; total: number } {
    const { candidates, conditions } = this.#narrow(filter);
    const settled = conditions.length === 0 || candidates.length === 0;
    const matches = settled ? candidates : this.#keep(filter, candidates, conditions).matches;
    return { transactions: slice(matches, page), total: matches.length };
  }

  #keep(
    { assetId, walletId, idempotencyKey, types }: TransactionFilter,
    candidates: readonly Transaction[],
    conditions: readonly Condition[],
  ) {
    const name = JSON.stringify([assetId, walletId, idempotencyKey, [...(types ?? [])].sort()]);
    const list = this.#kept.get(name) ?? new FilteredList(candidates, conditions);
    // Reinserted at the end, so that the first one is the least recently used.
    this.#kept.delete(name);
    this.#kept.set(name, list);
    const [oldest = name] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT_LISTS) this.#kept.delete(oldest);
    return list;
  }

  /** The shortest list that holds all matches, and the conditions that remain to be checked. */
  #narrow({ assetId, walletId, idempotencyKey, types }: TransactionFilter) {
    const lists: { candidates: readonly Transaction[]; condition: Condition }[] = [];
    if (assetId !== undefined) {
      lists.push({ candidates: this.#byAsset.get(assetId) ?? [], condition: (tx) => tx.assetId === assetId });
    }
    if (walletId !== undefined) {
      lists.push({
        candidates: this.#byWallet.get(walletId) ?? [],
        condition: (tx) => walletsOf(tx).includes(walletId),
      });
    }
    if (idempotencyKey !== undefined) {
      lists.push({ candidates: this.withKey(idempotencyKey), condition: (tx) => keysOf(tx).includes(idempotencyKey) });
    }
    const [shortest, ...others] = lists.sort((a, b) => a.candidates.length - b.candidates.length);
    const conditions = others.map(({ condition }) => condition);
    if (types !== undefined) conditions.push((tx) => types.has(tx.type));
    return { candidates: shortest?.candidates ?? this.#all, conditions };
  }
}

function slice(list: readonly Transaction[], { order, offset, limit }: Page): Transaction[] {
  if (order === 'asc') return list.slice(offset, offset + limit);
  const end = Math.max(0, list.length - offset);
  return list.slice(Math.max(0, end - limit), end).reverse();
}

function walletsOf({ recipientWallet, holderWallet, fromWallet, toWallet }: Transaction): (string | undefined)[] {
  return [recipientWallet, holderWallet, fromWallet, toWallet];
}

/** A key counts whether it came in the header or only in the metadata, where a client leaves it for other servers. */
function keysOf({ claim, metadata }: Transaction): (string | undefined)[] {
  const noted = typeof metadata?.idempotencyKey === 'string' ? metadata.idempotencyKey : undefined;
  return noted === claim?.key ? [noted] : [noted, claim?.key];
}

function file(lists: Map<string, Transaction[]>, name: string | undefined, transaction: Transaction): void {
  if (name === undefined) return;
  const list = lists.get(name);
  if (list) list.push(transaction);
  else lists.set(name, [transaction]);
}
