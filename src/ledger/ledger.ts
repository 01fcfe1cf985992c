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

/** What was ever minted and ever burned of an asset. */
export interface SupplyRecord {
  readonly assetId: string;
  /** Whole tokens. */
  readonly minted: bigint;
  /** Whole tokens. */
  readonly burned: bigint;
}

/** Who holds an asset. */
export interface Holdings extends SupplyRecord {
  /** Whole tokens, by wallet; none is zero. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** How it was summed up, by a ledger that has only transactions to read it from. */
  readonly history?: HoldingsHistory | undefined;
}

/** Which of an asset's transactions were summed up. */
export interface HoldingsHistory {
  /** How many of them were read, and the ids of the last ones. */
  readonly read: number;
  readonly lastRead: readonly string[];
  /** Whether all of them were read, and are final. */
  readonly isFinal: boolean;
  /** Where a later read may continue: the sum of the transactions before the first one that is not final. */
  readonly checkpoint?: Holdings | undefined;
}

/** A part of a list. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** How many there are in all, according to the ledger. One that pages by cursor may know no more than those so far. */
  readonly total: number;
  /** Where the next part begins, if the ledger pages by cursor; null at the end. Undefined if it pages by offset. */
  readonly cursor?: string | null | undefined;
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
  /** Of the part before this one: it counts instead of the offset. */
  readonly cursor?: string | undefined;
}

/** The response to a document that was added. It names no transaction. */
export interface DocumentReceipt {
  readonly metadataId: string;
  /** `'pending'`: the server has taken it, and it was not read back yet. `'committed'`: it was. */
  readonly status: 'pending' | 'committed';
}

/** What a ledger knows of an idempotency key, if it keeps claims on them. */
export type KeyClaim =
  /** The write is on the ledger. */
  | { readonly state: 'applied'; readonly transactionId: string }
  /** Nothing was applied under the key, and nothing ever will be. */
  | { readonly state: 'void' }
  /** Nothing was applied under it yet. */
  | { readonly state: 'absent' };

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
 *
 * A write takes effect once for each `call.idempotencyKey`, however often it is called. It resolves when it is on the
 * ledger, or with `status: 'pending'` if `call.confirm` is false; throws OutcomeUnknownError if it may be applied or may
 * still be, and any other error only if it was not. Methods heed `call.signal`, and throw its reason, a write only if
 * nothing was sent.
 *
 * @example
 * ```ts
 * const readOnly = (ledger: Ledger): Ledger => ({
 *   ...ledger,
 *   mint: () => Promise.reject(new Error('This ledger is read-only.')),
 * });
 * ```
 */
export interface Ledger extends Writes {
  /** Names the ledger. Entries in a store that several caches share are kept under it. */
  readonly name?: string | undefined;
  /** How many writes of `mintMany` and `transferMany` run at once by default: as many as it puts into a transaction. */
  readonly batchSize?: number | undefined;
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
  /** May continue from an earlier result, if that has a `history`. */
  getHoldings(assetId: string, call: Call, earlier?: Holdings): Promise<Holdings>;
  /** For ledgers that know it without reading all holdings. */
  getSupply?(assetId: string, call: Call): Promise<SupplyRecord>;
  getMetadata(metadataId: string, call: Call): Promise<Metadata>;
  /** What became of an idempotency key: for ledgers that keep claims. */
  getClaim?(idempotencyKey: string, call: Call): Promise<KeyClaim>;
  /** Makes `call.idempotencyKey` void unless a write was applied under it. What it returns is final. */
  voidKey?(call: WriteCall): Promise<KeyClaim>;
  /**
   * Committed transactions in the order of the ledger, each at least once, for ledgers that push them: after a checkpoint,
   * from the beginning, or from now on. From now on, the first event has no record: its checkpoint is that of now. An
   * error that is `retryable` means that it may be called again, from the last checkpoint. Without this method, lists are
   * polled.
   */
  listen?(from: WatchCheckpoint | 'beginning' | undefined, call: Call): AsyncIterable<LedgerEvent>;
  /** Invalidates what this transaction has changed: for ledgers with a cache. */
  invalidate?(committed: TransactionRecord): Promise<void>;
  /** Ends what it has opened. Called when the last client of it is closed. */
  close?(): Promise<void>;
}
