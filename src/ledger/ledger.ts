import type { Call, WriteCall } from '../core/call.js';
import type { AssetStatus, AssetType, TransactionStatus, TransactionType, ValidationCode } from '../known-values.js';
import type { Writes } from './operations.js';

/** Free-form data kept with an asset or a transaction: any JSON. */
export type Metadata = Readonly<Record<string, unknown>>;

/** A tokenised asset. Fields that a server adds beyond these are kept. */
export interface Asset {
  readonly assetId: string;
  readonly name: string;
  readonly symbol: string;
  readonly description: string;
  readonly assetType: AssetType;
  /** US dollars, exact decimal string. */
  readonly totalValue: string;
  /** Whole tokens. */
  readonly totalSupply: bigint;
  /** US dollars, exact decimal string. */
  readonly pricePerToken: string;
  readonly status: AssetStatus;
  readonly metadata?: Metadata | undefined;
}

/** A transaction as the ledger records it. Fields that a server adds beyond these are kept. */
export interface TransactionRecord {
  readonly transactionId: string;
  readonly type: TransactionType;
  /** As reported by the server; {@link commitState} interprets it. */
  readonly status: TransactionStatus;
  readonly assetId?: string | undefined;
  /** ISO 8601 */
  readonly timestamp: string;
  readonly actor?: string | undefined;
  /** Whole tokens. */
  readonly amount?: bigint | undefined;
  readonly recipientWallet?: string | undefined;
  readonly holderWallet?: string | undefined;
  readonly fromWallet?: string | undefined;
  readonly toWallet?: string | undefined;
  readonly metadata?: Metadata | undefined;
  /** Why it failed. */
  readonly error?: ValidationCode | undefined;
}

/** The state of a transaction. */
export type CommitState = 'committed' | 'failed' | 'pending';

/** Reads a transaction's status. The set is open: what is not known to be final is pending. */
export function commitState(record: Pick<TransactionRecord, 'status'>): CommitState {
  if (record.status === 'CONFIRMED' || record.status === 'COMMITTED') return 'committed';
  return record.status === 'FAILED' ? 'failed' : 'pending';
}

/** Fabric's codes of read conflicts (MVCC): nothing was applied, and the transaction may be submitted again. */
const READ_CONFLICTS = new Set(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT']);

/** Whether a transaction failed because another one changed what it had read. */
export function isReadConflict(record: Pick<TransactionRecord, 'error'>): boolean {
  return READ_CONFLICTS.has(record.error ?? '');
}

/** What a wallet holds of one asset. */
export interface Balance {
  readonly assetId: string;
  readonly assetName?: string | undefined;
  /** Whole tokens. */
  readonly balance: bigint;
}

/** The sum of an asset's committed transactions. Its size depends on holders, not on transactions. */
export interface Holdings {
  readonly assetId: string;
  /** Whole tokens, by wallet; none is zero. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** Whole tokens, ever minted and ever burned. */
  readonly minted: bigint;
  readonly burned: bigint;
  /** How many transactions of its history were read, and the ids of the last of them. */
  readonly read: number;
  readonly lastRead: readonly string[];
  /** Whether the whole of the history is in it, and all of that final. */
  readonly isFinal: boolean;
  /** Where a later read may continue: the sum of the transactions before the first one that is not final. */
  readonly checkpoint?: Holdings | undefined;
}

/** A part of a list. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** How many there are in all, according to the server. */
  readonly total: number;
}

export interface AssetQuery {
  readonly assetType?: AssetType | undefined;
  readonly status?: AssetStatus | undefined;
}

export interface TransactionQuery {
  readonly assetId?: string | undefined;
  readonly walletId?: string | undefined;
  readonly types?: readonly TransactionType[] | undefined;
  readonly idempotencyKey?: string | undefined;
  /** By timestamp. Default: newest first. */
  readonly sortOrder?: 'asc' | 'desc' | undefined;
}

/** Which part of a list. */
export interface Range {
  readonly limit: number;
  readonly offset: number;
}

/** The response to a document that was added. It names no transaction. */
export interface DocumentReceipt {
  readonly metadataId: string;
  /** `'pending'`: the server has taken it, and it was not read back yet. `'committed'`: it was. */
  readonly status: 'pending' | 'committed';
}

/** Where a watch of transactions is to resume: plain JSON, of which only the ledger that made it knows the content. */
export type WatchCheckpoint = Readonly<Record<string, unknown>>;

/** A committed transaction, and where to resume after it. */
export interface WatchedTransaction {
  readonly record: TransactionRecord;
  readonly checkpoint: WatchCheckpoint;
}

/** An event of a ledger. One without a record only states how far the ledger was read. */
export interface LedgerEvent {
  readonly record: TransactionRecord | undefined;
  readonly checkpoint: WatchCheckpoint;
}

/**
 * The port between the resources that a user calls and whatever runs the chain. A wrapper that adds safety or a cache
 * is a Ledger around a Ledger.
 */
export interface Ledger extends Writes {
  addMetadata(assetId: string, metadata: Metadata, call: WriteCall): Promise<DocumentReceipt>;

  getAsset(assetId: string, call: Call): Promise<Asset>;
  listAssets(query: AssetQuery, range: Range, call: Call): Promise<Slice<Asset>>;
  getBalances(walletId: string, assetId: string | undefined, call: Call): Promise<readonly Balance[]>;
  getTransaction(transactionId: string, call: Call): Promise<TransactionRecord>;
  /**
   * Waits until a transaction is committed or has failed, and returns its final record; `isFresh`: it was accepted
   * just now. Throws NotFoundError if it stays invisible, and the call's own error when that ends first.
   */
  waitForTransaction(transactionId: string, call: Call, isFresh?: boolean): Promise<TransactionRecord>;
  listTransactions(query: TransactionQuery, range: Range, call: Call): Promise<Slice<TransactionRecord>>;
  /** What an asset's transactions add up to; may continue from an earlier result. */
  getHoldings(assetId: string, call: Call, earlier?: Holdings): Promise<Holdings>;
  getMetadata(metadataId: string, call: Call): Promise<Metadata>;
  /**
   * Committed transactions as they are committed, each at least once, for ledgers that push them: after a checkpoint, from
   * the beginning, or from now on. An error that is `retryable` means that it may be called again, from the last
   * checkpoint. Without this method, lists are polled.
   */
  listen?(from: WatchCheckpoint | 'beginning' | undefined, call: Call): AsyncIterable<LedgerEvent>;
  /** Invalidates what this transaction has changed: for ledgers with a cache. */
  invalidate?(committed: TransactionRecord): Promise<void>;
}
