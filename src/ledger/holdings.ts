import type { Call } from '../call.js';
import { InvalidResponseError } from '../errors.js';
import { commitState, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import { PageList } from '../pages.js';

/** A wallet and what it holds. */
export interface Holder {
  readonly wallet: string;
  /** Whole tokens. */
  readonly balance: bigint;
}

/** How many tokens of an asset there are. */
export interface Supply {
  readonly assetId: string;
  /** Whole tokens, ever minted. */
  readonly totalMinted: bigint;
  /** Whole tokens, ever burned. */
  readonly totalBurned: bigint;
  /** Whole tokens: minted minus burned. */
  readonly circulatingSupply: bigint;
}

/** What the committed transactions of an asset add up to. Its size depends on holders, not on transactions. */
export interface Holdings {
  readonly assetId: string;
  readonly balances: ReadonlyMap<string, bigint>;
  readonly minted: bigint;
  readonly burned: bigint;
}

const PAGE = 1_000;
const TYPES = ['mint', 'burn', 'transfer'];

/** Folds all committed transactions of an asset in one pass, oldest first: what is added meanwhile comes at the end. */
export async function readHoldings(
  ledger: Pick<Ledger, 'listTransactions'>,
  assetId: string,
  call: Call,
): Promise<Holdings> {
  const query = { assetId, types: TYPES, sortOrder: 'asc' } as const;
  const history = new PageList(
    (range) => ledger.listTransactions(query, range, call),
    (record) => record.transactionId,
    { limit: PAGE, untilEmpty: true },
  );
  const balances = new Map<string, bigint>();
  let minted = 0n;
  let burned = 0n;
  const move = (wallet: string, by: bigint) => {
    const balance = (balances.get(wallet) ?? 0n) + by;
    if (balance === 0n) balances.delete(wallet);
    else balances.set(wallet, balance);
  };
  for await (const record of history) {
    // A server may ignore the filters. What names no asset was listed for this one.
    if ((record.assetId ?? assetId) !== assetId || !TYPES.includes(record.type)) continue;
    if (commitState(record) !== 'committed') continue;
    const { amount, from, to } = movement(record);
    if (from === undefined) minted += amount;
    else move(from, -amount);
    if (to === undefined) burned += amount;
    else move(to, amount);
  }
  for (const balance of balances.values()) if (balance < 0n) throw incomplete(assetId);
  return { assetId, balances, minted, burned };
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

/** Holders, largest balance first; equal ones by wallet. */
export function holdersOf({ balances }: Holdings): Holder[] {
  return [...balances]
    .map(([wallet, balance]) => ({ wallet, balance }))
    .sort((a, b) => (a.balance === b.balance ? (a.wallet < b.wallet ? -1 : 1) : a.balance > b.balance ? -1 : 1));
}

export function supplyOf({ assetId, minted, burned }: Holdings): Supply {
  return { assetId, totalMinted: minted, totalBurned: burned, circulatingSupply: minted - burned };
}
