import { compositeKey } from './composite-key.js';
import { type JsonObject, parseStoredJson } from './json.js';
import type { ValidationCode, WriteSet } from './world-state.js';

/** What a transaction did, or one order of a batch, as the contract's record states it. */
export interface TransactionDetails {
  /** 'create', 'update', 'publish', 'mint', 'burn', 'transfer', 'metadata', 'sweep', 'void', 'configure' or 'batch'. */
  readonly type: string;
  readonly assetId?: string | undefined;
  readonly actor?: string | undefined;
  /** Whole tokens. */
  readonly amount?: bigint | undefined;
  readonly recipientWallet?: string | undefined;
  readonly holderWallet?: string | undefined;
  readonly fromWallet?: string | undefined;
  readonly toWallet?: string | undefined;
  /** As it was sent. */
  readonly metadata?: JsonObject | undefined;
}

/** The details with the transaction's id; of an order of a batch, `<id>.<n>`. */
export interface TransactionRecord extends TransactionDetails {
  readonly transactionId: string;
}

/** What the API that sent a transaction keeps with it. The ledger stores it, and no rule reads it. */
export type Reply = {
  readonly response: JsonObject;
  /** The idempotency key of the call, and its fingerprint: equal for equal calls. */
  readonly key?: string | undefined;
  readonly fingerprint?: string | undefined;
};

/** A transaction that was endorsed and accepted for ordering. */
export interface Transaction {
  readonly transactionId: string;
  /** When it was accepted, in milliseconds since 1970. */
  readonly timestamp: number;
  /** One for each order; none if all orders of a batch were refused. */
  readonly records: readonly TransactionRecord[];
  readonly reply?: Reply | undefined;
  /** Both are absent while the transaction is pending. */
  validationCode?: ValidationCode;
  blockNumber?: number;
}

const RECORDS = compositeKey('record');

/** The records among the rows that a transaction has written; a failed one has them too. */
export function recordsIn(writes: WriteSet): TransactionRecord[] {
  const rows = [...writes].filter(([key, value]) => value !== undefined && key.startsWith(RECORDS));
  return rows.map(([, value = '']) => {
    const { amount, docType, mspId, timestamp, ...details } = parseStoredJson(value) as JsonObject;
    const record = details as unknown as TransactionRecord;
    return amount === undefined ? record : { ...record, amount: BigInt(String(amount)) };
  });
}
