import type { Call } from '../core/call.js';
import { PageList } from '../core/pages.js';
import { InvalidResponseError } from '../errors.js';
import { LAST_READ } from '../ledger/holdings.js';
import { commitState, type Holdings, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import { movementOf, TOKEN_OPERATIONS } from '../ledger/operations.js';

const PAGE = 1_000;

/** A running sum of transactions. */
interface Sum {
  readonly assetId: string;
  readonly balances: Map<string, bigint>;
  minted: bigint;
  burned: bigint;
  read: number;
  readonly lastRead: string[];
  checkpoint: Holdings | undefined;
}

/**
 * Folds the committed transactions of an asset in one pass, oldest first: transactions that are added meanwhile come at
 * the end. Continues from an earlier fold unless the history before it has changed, as lists may show a record late.
 *
 * @throws InvalidResponseError if they do not add up
 */
export async function readHoldings(
  ledger: Pick<Ledger, 'listTransactions'>,
  assetId: string,
  call: Call,
  earlier?: Holdings,
): Promise<Holdings> {
  const sum = (earlier?.assetId === assetId && continued(earlier)) || nothingOf(assetId);
  const lastRead = [...sum.lastRead];
  let total = 0;
  const history = new PageList(
    async (range) => {
      const query = { assetId, types: TOKEN_OPERATIONS, sortOrder: 'asc' } as const;
      const slice = await ledger.listTransactions(query, range, call);
      total = slice.total;
      return slice;
    },
    (record) => record.transactionId,
    { limit: PAGE, offset: sum.read - lastRead.length, untilEmpty: true, isAppended: true },
  );
  let known = 0;
  for await (const record of history) {
    if (known === lastRead.length) add(sum, record);
    else if (record.transactionId === lastRead[known]) known++;
    else break;
  }
  if (known < lastRead.length) return readHoldings(ledger, assetId, call);
  for (const balance of sum.balances.values()) if (balance < 0n) throw incomplete(assetId);
  // A record that appeared during the read may precede those that were read last.
  return holdingsOf(sum, sum.read === total && sum.checkpoint === undefined);
}

function nothingOf(assetId: string): Sum {
  return { assetId, balances: new Map(), minted: 0n, burned: 0n, read: 0, lastRead: [], checkpoint: undefined };
}

/** A sum that continues an earlier one. */
function continued({ assetId, balances, minted, burned, history }: Holdings): Sum | undefined {
  if (!history) return undefined;
  const { read, lastRead, checkpoint } = history;
  return { assetId, balances: new Map(balances), minted, burned, read, lastRead: [...lastRead], checkpoint };
}

/** A copy of the sum as holdings. */
function holdingsOf({ assetId, balances, minted, burned, ...sum }: Sum, isFinal: boolean): Holdings {
  const history = { read: sum.read, lastRead: [...sum.lastRead], isFinal, checkpoint: sum.checkpoint };
  return { assetId, balances: new Map(balances), minted, burned, history };
}

function add(sum: Sum, record: TransactionRecord): void {
  const state = commitState(record);
  if (state === 'pending') sum.checkpoint ??= holdingsOf(sum, true);
  sum.read++;
  sum.lastRead.push(record.transactionId);
  if (sum.lastRead.length > LAST_READ) sum.lastRead.shift();
  const movement = movementOf(record);
  // A server may ignore the filters. A record without an asset counts for the one that was queried.
  if (!movement || state !== 'committed' || (record.assetId ?? sum.assetId) !== sum.assetId) return;
  const { amount, from, to } = movement;
  if (amount === undefined || from === '' || to === '') throw incomplete(record.assetId ?? '', record.transactionId);
  if (from === undefined) sum.minted += amount;
  else move(sum, from, -amount);
  if (to === undefined) sum.burned += amount;
  else move(sum, to, amount);
}

function move({ balances }: Sum, wallet: string, by: bigint): void {
  const balance = (balances.get(wallet) ?? 0n) + by;
  if (balance === 0n) balances.delete(wallet);
  else balances.set(wallet, balance);
}

function incomplete(assetId: string, transactionId?: string): InvalidResponseError {
  const where = transactionId ? `: transaction ${transactionId} lacks its amount or a wallet` : '';
  return new InvalidResponseError(
    `The server's history of asset ${assetId} does not add up${where}. Do not rely on holders or supply; tell the server's operator.`,
    { transactionId },
  );
}
