export type { CacheCounts, CacheNamespace, CacheStats } from './cache/counters.js';
export { type LruOptions, lru } from './cache/lru.js';
export type { CacheOptions } from './cache/options.js';
export type { Awaitable, CacheStore } from './cache/store.js';
export { type InvalidationChannel, type TieredOptions, tiered } from './cache/tiered.js';
export { SpydraClient } from './client.js';
export { type MoneyInput, moneyProblem, type QuantityInput, quantityProblem } from './core/amounts.js';
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
export { type IdUse, idProblem } from './core/ids.js';
export { jsonNumber, type ParseJsonOptions, parseJson, stringifyJson } from './core/json.js';
export { type Page, type PageInput, PageList } from './core/pages.js';
export type { AnySpydraError, ErrorCode, ErrorsByCode } from './error-codes.js';
export {
  AbortedError,
  ApiError,
  AuthenticationError,
  BadRequestError,
  ClientClosedError,
  ConfigurationError,
  ConflictError,
  ConnectionError,
  DeadlineExceededError,
  type ErrorDetails,
  type FieldProblem,
  IdempotencyConflictError,
  InsufficientBalanceError,
  InvalidInputError,
  InvalidResponseError,
  NotCachedError,
  NotFoundError,
  type Outcome,
  OutcomeUnknownError,
  PaginationError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  SpydraError,
  SupplyExceededError,
  TimeoutError,
  TransactionFailedError,
  UnavailableError,
  type WriteStage,
} from './errors.js';
export type { Health } from './health.js';
export {
  type CompleteRetryPolicy,
  type FullJitterOptions,
  fullJitter,
  type RetryBudgetOptions,
  retryBudget,
} from './http/retry-presets.js';
export {
  ASSET_STATUSES,
  ASSET_TYPES,
  type AssetStatus,
  type AssetType,
  TRANSACTION_STATUSES,
  TRANSACTION_TYPES,
  type TransactionStatus,
  type TransactionType,
  VALIDATION_CODES,
  type ValidationCode,
} from './known-values.js';
export {
  type Asset,
  type AssetQuery,
  type Balance,
  type CommitState,
  commitState,
  type DocumentReceipt,
  type Holdings,
  type HoldingsHistory,
  type KeyClaim,
  type Ledger,
  type Metadata,
  type Range,
  type Slice,
  type SupplyRecord,
  type TransactionQuery,
  type TransactionRecord,
  type WatchCheckpoint,
  type WatchedTransaction,
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
