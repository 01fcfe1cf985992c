export type { CacheCounts, CacheNamespace, CacheStats } from './cache/counters.js';
export { type LruOptions, lru } from './cache/lru.js';
export type { CacheOptions } from './cache/options.js';
export type { Awaitable, CacheStore } from './cache/store.js';
export { type InvalidationChannel, type TieredOptions, tiered } from './cache/tiered.js';
export { SpydraClient } from './client.js';
export type {
  CacheMode,
  Call,
  CallOptions,
  CallRetries,
  FailedAttempt,
  Operation,
  ReadOptions,
  ResponseInfo,
  RetryFailure,
  RetryPolicy,
  RetryRequest,
  WriteCall,
  WriteOptions,
} from './core/call.js';
export { type Page, type PageInput, PageList } from './core/pages.js';
export type { Health } from './health.js';
export {
  type CompleteRetryPolicy,
  type FullJitterOptions,
  fullJitter,
  type RetryBudgetOptions,
  retryBudget,
} from './http/retry-presets.js';
export type {
  Asset,
  AssetQuery,
  Balance,
  DocumentReceipt,
  Holdings,
  HoldingsHistory,
  KeyClaim,
  Ledger,
  Metadata,
  Range,
  Slice,
  SupplyRecord,
  TransactionQuery,
  TransactionRecord,
  WatchCheckpoint,
  WatchedTransaction,
} from './ledger/ledger.js';
export type {
  AssetChanges,
  AssetReceipt,
  BalanceReceipt,
  BurnOrder,
  CreateOrder,
  MintOrder,
  Receipt,
  TransferOrder,
  TransferReceipt,
  UpdateOrder,
  Writes,
} from './ledger/operations.js';
export type { SpydraClientOptions, WriteLockMode } from './options.js';
export {
  type AssetResult,
  Assets,
  type AssetUpdates,
  type CreateAssetInput,
  type HistoryInput,
  type ListAssetsInput,
  type MetadataResult,
  type PublishAssetInput,
  type UpdateAssetInput,
} from './resources/assets.js';
export type { BatchOptions, BatchProgress, BatchResult } from './resources/batch.js';
export { Cache, type InvalidateCacheInput } from './resources/cache.js';
export type { Holder, Supply } from './resources/holders.js';
export {
  type BurnInput,
  type BurnResult,
  type MintInput,
  type MintResult,
  type PurchaseInput,
  type PurchaseResult,
  Tokens,
  type TransferInput,
  type TransferResult,
} from './resources/tokens.js';
export {
  type ListTransactionsInput,
  type ReconcileInput,
  Transactions,
  type WatchFilter,
  type WatchInput,
} from './resources/transactions.js';
export {
  type BalanceInput,
  type Holding,
  type Portfolio,
  type WalletBalance,
  Wallets,
  type WalletTransactionsInput,
} from './resources/wallets.js';
export type { RequestEvent, RetryEvent, WriteEvent } from './telemetry/events.js';
export type { Logger } from './telemetry/logger.js';
export type { Finality, Reconciliation } from './writes/reconcile.js';
