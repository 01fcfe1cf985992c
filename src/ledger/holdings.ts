import * as z from 'zod';
import type { Call } from '../call.js';
import { InvalidResponseError } from '../errors.js';
import { PageList } from '../pages.js';
import { commitState, type Holdings, type Ledger, type TransactionRecord } from './ledger.js';
import { quantity } from './records.js';

const PAGE = 1_000;
const TYPES = ['mint', 'burn', 'transfer'];
/** So many of the records that were read last are read again, to see that the history goes on where it ended. */
const OVERLAP = 100;

type History = Pick<Ledger, 'listTransactions'>;

/** Lets callers ask who holds an asset of a ledger that only lists transactions. */
export function folded<L extends History>(ledger: L): L & Pick<Ledger, 'getHoldings'> {
  return { ...ledger, getHoldings: (assetId, call, earlier) => readHoldings(ledger, assetId, call, earlier) };
}

/**
 * Folds the committed transactions of an asset in one pass, oldest first: what is added meanwhile comes at the end.
 * From an earlier fold it goes on, unless the history before that has changed: lists may show a record late.
 */
async function readHoldings(ledger: History, assetId: string, call: Call, earlier?: Holdings): Promise<Holdings> {
  const fold = new Fold(assetId, earlier?.assetId === assetId ? earlier : undefined);
  return (await readOn(ledger, fold, call)) ? fold.result() : readHoldings(ledger, assetId, call);
}

/** Folds what comes after the records that were read last; false where those are not there any more. */
async function readOn(ledger: History, fold: Fold, call: Call): Promise<boolean> {
  const query = { assetId: fold.assetId, types: TYPES, sortOrder: 'asc' } as const;
  const lastRead = [...fold.lastRead];
  const history = new PageList(
    async (range) => {
      const slice = await ledger.listTransactions(query, range, call);
      fold.total = slice.total;
      return slice;
    },
    (record) => record.transactionId,
    { limit: PAGE, offset: fold.read - lastRead.length, untilEmpty: true },
  );
  let known = 0;
  for await (const record of history) {
    if (known === lastRead.length) fold.add(record);
    else if (record.transactionId !== lastRead[known++]) return false;
  }
  return known === lastRead.length;
}

/** What transactions add up to. */
class Fold {
  readonly assetId: string;
  readonly lastRead: string[];
  /** How many transactions there are, as the server said last. */
  total = 0;
  readonly #balances: Map<string, bigint>;
  #minted: bigint;
  #burned: bigint;
  #read: number;
  /** What it was before the first transaction that was not final. */
  #settled: Holdings | undefined;

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
    if (state === 'pending') this.#settled ??= this.#snapshot();
    this.#read++;
    this.lastRead.push(record.transactionId);
    if (this.lastRead.length > OVERLAP) this.lastRead.shift();
    // A server may ignore the filters. What names no asset was listed for this one.
    if ((record.assetId ?? this.assetId) !== this.assetId || !TYPES.includes(record.type)) return;
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
    // A record that showed up while the list was read may stand before those that were read last.
    const isWhole = this.#read === this.total;
    return { ...this.#snapshot(), isFinal: isWhole && this.#settled === undefined, settled: this.#settled };
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

/** What a committed mint, burn or transfer moved. */
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

/** Holdings as JSON can say them. */
export function packHoldings({ balances, ...holdings }: Holdings): unknown {
  return { ...holdings, balances: [...balances], isFinal: true, settled: undefined };
}

/** Holdings as {@link packHoldings} says them: those that add up. */
export const holdings: z.ZodType<Holdings> = z
  .object({
    assetId: z.string(),
    balances: z.array(z.tuple([z.string(), quantity])).transform((entries) => new Map(entries)),
    minted: quantity,
    burned: quantity,
    read: z.number().int().nonnegative(),
    lastRead: z.array(z.string()),
    isFinal: z.literal(true),
  })
  .refine(({ balances, minted, burned, read, lastRead }) => {
    if (lastRead.length !== Math.min(read, OVERLAP)) return false;
    let held = 0n;
    for (const balance of balances.values()) held += balance;
    return held === minted - burned;
  });
