/** A composite key: its object type, then its attributes. */
export type Key = readonly [objectType: string, ...attributes: readonly string[]];

/*
 * The layout of the state. Every value is canonical JSON with `docType`, the object type of its key.
 */

/** One row: who may write what. */
export const policyKey: Key = ['policy', 'current'];

/** What became of an idempotency key. Its own for each MSP, so that no other organisation can use up a key. Never deleted. */
export const claimKey = (mspId: string, idempotencyKey: string): Key => ['claim', mspId, idempotencyKey];

export const assetKey = (assetId: string): Key => ['asset', assetId];
export const documentKey = (metadataId: string): Key => ['document', metadataId];

/** Minted, burned and the cap. Apart from the asset, so that an edit of the asset conflicts with no mint. */
export const supplyKey = (assetId: string): Key => ['supply', assetId];

/** The settled balance, which a debit reads and overwrites. */
export const balanceKey = (assetId: string, walletId: string): Key => ['balance', assetId, walletId];

/** A credit that is not settled yet: put without a read, so that credits never conflict. */
export const creditKey = (assetId: string, walletId: string, credit: string): Key => [
  'credit',
  assetId,
  walletId,
  credit,
];

/** That a wallet has or had tokens of an asset: finds a wallet's assets. */
export const holdingKey = (walletId: string, assetId: string): Key => ['holding', walletId, assetId];

/** A transaction, or one order of a batch. */
export const recordKey = (transactionId: string): Key => ['record', transactionId];

/** Index rows of records, newest first; `place` comes from {@link newestFirst}. */
export const assetRecordKey = (assetId: string, place: string): Key => ['record-of-asset', assetId, place];
export const walletRecordKey = (walletId: string, place: string): Key => ['record-of-wallet', walletId, place];

/** The last millisecond of the year 9999. */
export const MAX_TIME = 253_402_300_799_999;
const TIME_DIGITS = 15;
const ORDER_DIGITS = 4;

/** A name that sorts by time, oldest first. One for each transaction, wallet and asset. */
export function oldestFirst(time: number, txId: string): string {
  return `${pad(time, TIME_DIGITS)}-${txId}`;
}

/** A name that sorts by time, newest first; within a batch, the last order first. */
export function newestFirst(time: number, txId: string, order: number): string {
  return `${pad(MAX_TIME - time, TIME_DIGITS)}-${txId}-${pad(10 ** ORDER_DIGITS - 1 - order, ORDER_DIGITS)}`;
}

function pad(value: number, digits: number): string {
  return value.toString().padStart(digits, '0');
}
