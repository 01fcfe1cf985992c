import type { JsonObject } from './json.js';
import { assetRecordKey, newestFirst, recordKey, walletRecordKey } from './keys.js';
import type { Transaction } from './transaction.js';

/** What a transaction did, as its function describes it. */
export interface RecordFields extends JsonObject {
  /** `create`, `update`, `publish`, `mint`, `burn`, `transfer`, `metadata`, `sweep`, `void` or `configure`. */
  readonly type: string;
  readonly assetId?: string | undefined;
  /** The wallet that the order names as the one that acts. Whose it is, the policy decides, not this name. */
  readonly actor?: string | undefined;
  /** Whole tokens. */
  readonly amount?: string | undefined;
  readonly recipientWallet?: string | undefined;
  readonly holderWallet?: string | undefined;
  readonly fromWallet?: string | undefined;
  readonly toWallet?: string | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** The fields of a record that name a wallet in whose history it is. */
const WALLETS = ['recipientWallet', 'holderWallet', 'fromWallet', 'toWallet'] as const;

/** Puts the record and its index rows, without a read, and returns it. */
export function putRecord(tx: Transaction, fields: RecordFields): JsonObject {
  const { state, id: transactionId, timestamp, identity } = tx;
  const record = { ...fields, transactionId, timestamp, mspId: identity.mspId };
  const entry = { transactionId, type: fields.type, assetId: fields.assetId };
  const place = newestFirst(tx.time, tx.txId, tx.order);
  state.put(recordKey(transactionId), record);
  if (fields.assetId !== undefined) state.put(assetRecordKey(fields.assetId, place), entry);
  for (const name of WALLETS) {
    const wallet = fields[name];
    if (wallet !== undefined) state.put(walletRecordKey(wallet, place), entry);
  }
  return record;
}
