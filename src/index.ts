export type { MoneyInput, QuantityInput } from './amounts.js';
export type { CacheCounts, CacheNamespace, CacheStats } from './cache/counters.js';
export { type LruOptions, lru } from './cache/lru.js';
export type { CacheOptions } from './cache/options.js';
export type { Awaitable, CacheStore } from './cache/store.js';
export { type ClearingChannel, type TieredOptions, tiered } from './cache/tiered.js';
export type { CacheMode, CallOptions, ReadOptions, WriteOptions } from './call.js';
export { type Health, SpydraClient } from './client.js';
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
export { jsonNumber, parseJson, stringifyJson } from './http/json.js';
export {
  type Asset,
  type Balance,
  type CommitState,
  commitState,
  type Metadata,
  type TransactionRecord,
} from './ledger/ledger.js';
export type { LaneMode, SpydraClientOptions } from './options.js';
export type { Page, PageInput, PageList } from './pages.js';
export type {
  AssetResult,
  AssetUpdates,
  CreateAssetInput,
  ListAssetsInput,
  MetadataResult,
  PublishAssetInput,
  UpdateAssetInput,
} from './resources/asset-inputs.js';
export type { Assets, HistoryInput } from './resources/assets.js';
export type { BatchOptions, BatchProgress, BatchResult } from './resources/batch.js';
export type { Cache, ClearCacheInput } from './resources/cache.js';
export type { Holder, Supply } from './resources/holders.js';
export type {
  BurnInput,
  BurnResult,
  MintInput,
  MintResult,
  PurchaseInput,
  PurchaseResult,
  TransferInput,
  TransferResult,
} from './resources/token-inputs.js';
export type { Tokens } from './resources/tokens.js';
export type {
  Finality,
  ListTransactionsInput,
  ReconcileInput,
  Reconciliation,
  Transactions,
} from './resources/transactions.js';
export type {
  BalanceInput,
  Holding,
  Portfolio,
  WalletBalance,
  Wallets,
  WalletTransactionsInput,
} from './resources/wallets.js';
export type { RequestEvent, RetryEvent, WriteEvent } from './telemetry/events.js';
export type { Logger } from './telemetry/logger.js';
