import type { Transaction, TransactionRecord } from './transaction.js';

/** Which entries a list has: those that meet every condition. */
export interface ListQuery {
  readonly assetId?: string | undefined;
  /** The wallet that is the recipient, the holder, the sender or the receiver. */
  readonly walletId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly types?: ReadonlySet<string> | undefined;
  /** From the oldest (`asc`) or the newest (`desc`). */
  readonly sortOrder: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

/** A record, and the transaction that it is of. */
export interface IndexEntry extends TransactionRecord {
  readonly transaction: Transaction;
}

type Condition = (entry: IndexEntry) => boolean;

/**
 * The index of the records of accepted transactions by id, asset, wallet and idempotency key.
 * Lists are kept in the order of acceptance, which is the order of the timestamps, so that no request sorts anything.
 */
export class TransactionIndex {
  readonly #all: IndexEntry[] = [];
  readonly #byId = new Map<string, IndexEntry>();
  readonly #byAsset = new Map<string, IndexEntry[]>();
  readonly #byWallet = new Map<string, IndexEntry[]>();
  readonly #byKey = new Map<string, IndexEntry[]>();

  add(transaction: Transaction): void {
    for (const record of transaction.records) {
      const entry = { ...record, transaction };
      this.#all.push(entry);
      this.#byId.set(entry.transactionId, entry);
      file(this.#byAsset, entry.assetId, entry);
      for (const wallet of walletsOf(entry)) file(this.#byWallet, wallet, entry);
      for (const key of keysOf(entry)) file(this.#byKey, key, entry);
    }
  }

  get(transactionId: string): IndexEntry | undefined {
    return this.#byId.get(transactionId);
  }

  /** Those with the key, oldest first. */
  withKey(idempotencyKey: string): readonly IndexEntry[] {
    return this.#byKey.get(idempotencyKey) ?? [];
  }

  /** A page of those that meet the conditions, and their total. */
  list(query: ListQuery): { readonly entries: readonly IndexEntry[]; readonly total: number } {
    const { candidates, conditions } = this.#narrow(query);
    const isWhole = conditions.length === 0;
    const matches = isWhole ? candidates : candidates.filter((entry) => conditions.every((holds) => holds(entry)));
    return { entries: slice(matches, query), total: matches.length };
  }

  /** The shortest list that holds all matches, and the conditions that remain to be checked. */
  #narrow({ assetId, walletId, idempotencyKey, types }: ListQuery) {
    const lists: { candidates: readonly IndexEntry[]; condition: Condition }[] = [];
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

function slice(list: readonly IndexEntry[], { sortOrder, offset, limit }: ListQuery): IndexEntry[] {
  if (sortOrder === 'asc') return list.slice(offset, offset + limit);
  const end = Math.max(0, list.length - offset);
  return list.slice(Math.max(0, end - limit), end).reverse();
}

function walletsOf({ recipientWallet, holderWallet, fromWallet, toWallet }: IndexEntry): (string | undefined)[] {
  return [recipientWallet, holderWallet, fromWallet, toWallet];
}

/** A key counts whether it came in the header or only in the metadata, where a client leaves it for other servers. */
function keysOf({ transaction: { reply }, metadata }: IndexEntry): (string | undefined)[] {
  const noted = typeof metadata?.idempotencyKey === 'string' ? metadata.idempotencyKey : undefined;
  return noted === reply?.key ? [noted] : [noted, reply?.key];
}

function file(lists: Map<string, IndexEntry[]>, name: string | undefined, entry: IndexEntry): void {
  if (name === undefined) return;
  const list = lists.get(name);
  if (list) list.push(entry);
  else lists.set(name, [entry]);
}
