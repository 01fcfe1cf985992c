import { requireAsset } from './assets.js';
import { type Check, listOf, object, optional, textThat } from './fields.js';
import { count, type JsonObject } from './json.js';
import { balanceKey, creditKey, holdingKey, oldestFirst } from './keys.js';
import { Refusal } from './refusal.js';
import { MAX_ROWS, type Transaction } from './transaction.js';

/*
 * A wallet's tokens are its settled balance and the credits that are not settled yet. A credit is a row of its own, put
 * without a read, so credits conflict with nothing. A debit reads the settled balance, and credits only where that is
 * too small: those that a hint names by key, then the oldest ones of the range.
 */

/** Rows of the range that a debit takes: a page of the peer's, which the read set has in any case. */
const MAX_ROWS_OF_DEBIT = 100;

/** Where unsettled credits may be found. A hint is only a place to read: what is not there counts nothing. */
export interface Hints {
  /** Ids of credits, as the read `Credits` gives them. They are read by key, so credits that arrive do not conflict. */
  readonly credits?: readonly string[] | undefined;
}

const creditId = textThat((value) =>
  /^\d{15}-[0-9A-Za-z-]{1,200}$/.test(value) ? undefined : 'must be the id of a credit',
);
export const hints: Check<Hints> = object({ credits: optional(listOf(creditId, MAX_ROWS)) });

/** What a wallet holds of an asset. */
export interface Account {
  readonly assetId: string;
  readonly walletId: string;
}

/** Adds tokens to a wallet. */
export function credit(tx: Transaction, { assetId, walletId }: Account, amount: bigint): void {
  const { state } = tx;
  state.put(holdingKey(walletId, assetId), { walletId, assetId });
  const settled = state.written(balanceKey(assetId, walletId));
  if (settled !== undefined) {
    // A balance that this transaction overwrites anyway needs no row beside it.
    putBalance(tx, { assetId, walletId }, amountIn(settled) + amount);
    return;
  }
  const id = oldestFirst(tx.time, tx.txId);
  const key = creditKey(assetId, walletId, id);
  const sum = amountIn(state.written(key)) + amount;
  state.put(key, { assetId, walletId, creditId: id, amount: sum.toString() });
}

/**
 * Takes tokens from a wallet, and returns the settled balance that is left.
 *
 * @throws Refusal INSUFFICIENT_BALANCE, SWEEP_REQUIRED, NOT_FOUND for an asset that does not exist
 */
export async function debit(
  tx: Transaction,
  account: Account,
  amount: bigint,
  { credits = [] }: Hints,
): Promise<bigint> {
  const { assetId, walletId } = account;
  let balance = amountIn(await tx.state.get(balanceKey(assetId, walletId)));
  let hasMore = false;
  if (balance < amount) balance += takeOwn(tx, account);
  if (balance < amount) balance += (await takeNamed(tx, account, credits)).sum;
  if (balance < amount) {
    const oldest = await takeOldest(tx, account, MAX_ROWS_OF_DEBIT);
    balance += oldest.sum;
    hasMore = oldest.hasMore;
  }
  if (balance < amount) return refuse(tx, account, { balance, amount, hasMore });
  putBalance(tx, account, balance - amount);
  return balance - amount;
}

/**
 * Moves unsettled credits into the settled balance: as many as a transaction takes.
 *
 * @throws Refusal NOT_FOUND for an asset that does not exist
 */
export async function settle(tx: Transaction, account: Account, { credits }: Hints): Promise<JsonObject> {
  const { assetId, walletId } = account;
  const before = amountIn(await tx.state.get(balanceKey(assetId, walletId)));
  const { sum, rows, hasMore } =
    credits === undefined ? await takeOldest(tx, account, MAX_ROWS) : await takeNamed(tx, account, credits);
  const settledBalance = before + sum;
  if (rows > 0) putBalance(tx, account, settledBalance);
  else await requireAsset(tx, assetId);
  return { assetId, walletId, credits: count(rows), settledBalance: settledBalance.toString(), hasMore };
}

interface Taken {
  readonly sum: bigint;
  readonly rows: number;
  /** Whether there may be more of them. */
  readonly hasMore: boolean;
}

/** Deletes the credit that an order before this one has put in the same transaction. */
function takeOwn({ state, time, txId }: Transaction, { assetId, walletId }: Account): bigint {
  const key = creditKey(assetId, walletId, oldestFirst(time, txId));
  const row = state.written(key);
  if (row !== undefined) state.delete(key);
  return amountIn(row);
}

/** Deletes credits by key. One that is named twice is gone the second time. */
async function takeNamed(tx: Transaction, { assetId, walletId }: Account, ids: readonly string[]): Promise<Taken> {
  let [sum, rows, read] = [0n, 0, 0];
  for (const id of ids) {
    if (tx.shared.rowsLeft === 0) break;
    tx.shared.rowsLeft -= 1;
    read += 1;
    const key = creditKey(assetId, walletId, id);
    const row = await tx.state.get(key);
    if (row === undefined) continue;
    tx.state.delete(key);
    sum += amountIn(row);
    rows += 1;
  }
  return { sum, rows, hasMore: read < ids.length };
}

/** Deletes the oldest credits of the range. */
async function takeOldest(tx: Transaction, { assetId, walletId }: Account, most: number): Promise<Taken> {
  const limit = Math.min(most, tx.shared.rowsLeft);
  let [sum, rows] = [0n, 0];
  if (limit === 0) return { sum, rows, hasMore: true };
  for await (const row of tx.state.committedBelow(['credit', assetId, walletId])) {
    tx.state.delete(creditKey(assetId, walletId, String(row.creditId)));
    sum += amountIn(row);
    rows += 1;
    // Not one row further: it could be on the peer's next page, which would be read and validated with it.
    if (rows === limit) break;
  }
  tx.shared.rowsLeft -= rows;
  return { sum, rows, hasMore: rows === limit };
}

async function refuse(
  tx: Transaction,
  { assetId, walletId }: Account,
  { balance, amount, hasMore }: { balance: bigint; amount: bigint; hasMore: boolean },
): Promise<never> {
  const details = { assetId, walletId, balance: balance.toString(), amount: amount.toString() };
  if (hasMore) {
    const message = `Wallet ${walletId} has ${balance} tokens of ${assetId} in what was read, fewer than ${amount}, and may have more credits than a transaction reads. Repeat it alone, after SweepCredits if that has no effect.`;
    throw new Refusal('SWEEP_REQUIRED', message, details);
  }
  await requireAsset(tx, assetId);
  const message = `Wallet ${walletId} has ${balance} tokens of ${assetId} to spend, fewer than ${amount}.`;
  throw new Refusal('INSUFFICIENT_BALANCE', message, details);
}

function putBalance({ state }: Transaction, { assetId, walletId }: Account, amount: bigint): void {
  state.put(balanceKey(assetId, walletId), { assetId, walletId, amount: amount.toString() });
}

/** The amount of a balance or credit; 0 for an absent row. */
export function amountIn(row: JsonObject | undefined): bigint {
  return BigInt(String(row?.amount ?? '0'));
}
