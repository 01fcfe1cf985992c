import type { Call } from '../core/call.js';
import { PageList } from '../core/pages.js';
import { InvalidResponseError } from '../errors.js';
import { isTokenOperation, TOKEN_OPERATIONS } from '../known-values.js';
import { LAST_READ } from '../ledger/holdings.js';
import { commitState, type Holdings, type Ledger, type TransactionRecord } from '../ledger/ledger.js';

const PAGE = 1_000;

type History = Pick<Ledger, 'listTransactions'>;

/**
 * Folds the committed transactions of an asset in one pass, oldest first: transactions that are added meanwhile come at
 * the end. Continues from an earlier fold unless the history before it has changed, as lists may show a record late.
 */
export async function readHoldings(
  ledger: History,
  assetId: string,
  call: Call,
  earlier?: Holdings,
): Promise<Holdings> {
  const fold = new Fold(assetId, earlier?.assetId === assetId ? earlier : undefined);
  return (await continueFold(ledger, fold, call)) ? fold.result() : readHoldings(ledger, assetId, call);
}

/** Folds what follows the records that were read last; false where those are no longer there. */
async function continueFold(ledger: History, fold: Fold, call: Call): Promise<boolean> {
  const query = { assetId: fold.assetId, types: TOKEN_OPERATIONS, sortOrder: 'asc' } as const;
  const lastRead = [...fold.lastRead];
  const history = new PageList(
    async (range) => {
      const slice = await ledger.listTransactions(query, range, call);
      fold.total = slice.total;
      return slice;
    },
    (record) => record.transactionId,
    { limit: PAGE, offset: fold.read - lastRead.length, untilEmpty: true, isAppended: true },
  );
  let known = 0;
  for await (const record of history) {
    if (known === lastRead.length) fold.add(record);
    else if (record.transactionId !== lastRead[known++]) return false;
  }
  return known === lastRead.length;
}

/** A running sum of transactions. */
class Fold {
  readonly assetId: string;
  readonly lastRead: string[];
  /** How many transactions there are, according to the server. */
  total = 0;
  readonly #balances: Map<string, bigint>;
  #minted: bigint;
  #burned: bigint;
  #read: number;
  /** The sum before the first transaction that was not final. */
  #checkpoint: Holdings | undefined;

  constructor(assetId: string, earlier: Holdings | undefined) {
    this.assetId = assetId;
    this.#balances = new Map(earlier?.balances);
    this.lastRead = [...(earlier?.lastRead ?? [])];
    this.#minted = earlier?.minted ?? 0n;
    this.#burned = earlier?.burned ?? 0n;
    this.#read = earlier?.read ?? 0;
  }

  get read(): number {
    return this.#read;
  }

  add(record: TransactionRecord): void {
    const state = commitState(record);
    if (state === 'pending') this.#checkpoint ??= this.#snapshot();
    this.#read++;
    this.lastRead.push(record.transactionId);
    if (this.lastRead.length > LAST_READ) this.lastRead.shift();
    // A server may ignore the filters. A record without an asset counts for the one that was queried.
    if ((record.assetId ?? this.assetId) !== this.assetId || !isTokenOperation(record.type)) return;
    if (state !== 'committed') return;
    const { amount, from, to } = movement(record);
    if (from === undefined) this.#minted += amount;
    else this.#move(from, -amount);
    if (to === undefined) this.#burned += amount;
    else this.#move(to, amount);
  }

  /** @throws InvalidResponseError if a balance is negative */
  result(): Holdings {
    for (const balance of this.#balances.values()) if (balance < 0n) throw incomplete(this.assetId);
    // A record that appeared during the read may precede those that were read last.
    const isWhole = this.#read === this.total;
    return { ...this.#snapshot(), isFinal: isWhole && this.#checkpoint === undefined, checkpoint: this.#checkpoint };
  }

  #move(wallet: string, by: bigint): void {
    const balance = (this.#balances.get(wallet) ?? 0n) + by;
    if (balance === 0n) this.#balances.delete(wallet);
    else this.#balances.set(wallet, balance);
  }

  #snapshot(): Holdings {
    return {
      assetId: this.assetId,
      balances: new Map(this.#balances),
      minted: this.#minted,
      burned: this.#burned,
      read: this.#read,
      lastRead: [...this.lastRead],
      isFinal: true,
    };
  }
}

interface Movement {
  readonly amount: bigint;
  /** Nowhere: a mint. */
  readonly from?: string;
  /** Nowhere: a burn. */
  readonly to?: string;
}

/** The movement of tokens in a committed mint, burn or transfer. */
function movement(record: TransactionRecord): Movement {
  const { type, amount, recipientWallet, holderWallet, fromWallet, toWallet } = record;
  if (amount !== undefined) {
    if (type === 'mint' && recipientWallet) return { amount, to: recipientWallet };
    if (type === 'burn' && holderWallet) return { amount, from: holderWallet };
    if (type === 'transfer' && fromWallet && toWallet) return { amount, from: fromWallet, to: toWallet };
  }
  throw incomplete(record.assetId ?? '', record.transactionId);
}

function incomplete(assetId: string, transactionId?: string): InvalidResponseError {
  const where = transactionId ? `: transaction ${transactionId} lacks its amount or a wallet` : '';
  return new InvalidResponseError(
    `The server's history of asset ${assetId} does not add up${where}. Do not rely on holders or supply; tell the server's operator.`,
    { transactionId },
  );
}
