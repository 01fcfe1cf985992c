/* What needs no client, such as in a form: a bundler takes this file without the others. */
export { type MoneyInput, moneyProblem, type QuantityInput, quantityProblem } from './core/amounts.js';
export { type IdUse, idProblem } from './core/ids.js';
export { jsonNumber, type ParseJsonOptions, parseJson, stringifyJson } from './core/json.js';
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
export { type CommitState, commitState } from './ledger/ledger.js';
