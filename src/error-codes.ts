import type * as errors from './errors.js';

/*
 * The codes of errors, a closed set: each belongs to one class, and narrows to it.
 */

export type ConflictErrorCode = 'CONFLICT' | 'INSUFFICIENT_BALANCE' | 'SUPPLY_EXCEEDED' | 'IDEMPOTENCY_CONFLICT';

export type ServerErrorCode = 'INTERNAL' | 'UNAVAILABLE';

export type ApiErrorCode =
  | 'API_ERROR'
  | 'INVALID_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | ConflictErrorCode
  | ServerErrorCode;

/** `code` of every {@link SpydraError}. A later minor version may add one. */
export type ErrorCode =
  | 'SPYDRA_ERROR'
  | 'CONFIGURATION'
  | 'INVALID_INPUT'
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'DEADLINE_EXCEEDED'
  | 'ABORTED'
  | 'CLIENT_CLOSED'
  | 'INVALID_RESPONSE'
  | 'PAGINATION'
  | 'NOT_CACHED'
  | 'TRANSACTION_FAILED'
  | 'OUTCOME_UNKNOWN'
  | ApiErrorCode;

/**
 * Every error of this package, distinguished by `code`: what `error instanceof SpydraError` narrows to. Errors of classes
 * that you derive have the code of the class that they extend.
 *
 * @example
 * ```ts
 * function sentence(error: AnySpydraError): string {
 *   switch (error.code) {
 *     case 'INVALID_INPUT': return error.problems.map(({ field, message }) => `${field} ${message}`).join('; ');
 *     case 'RATE_LIMITED': return `Wait ${error.retryAfter ?? 1_000} ms.`;
 *     default: return error.message;
 *   }
 * }
 * ```
 */
export type AnySpydraError =
  | errors.SpydraError<'SPYDRA_ERROR'>
  | errors.ConfigurationError
  | errors.InvalidInputError
  | errors.ConnectionError
  | errors.TimeoutError
  | errors.DeadlineExceededError
  | errors.AbortedError
  | errors.ClientClosedError
  | errors.InvalidResponseError
  | errors.PaginationError
  | errors.NotCachedError
  | errors.TransactionFailedError
  | errors.OutcomeUnknownError
  | errors.ApiError<'API_ERROR'>
  | errors.BadRequestError
  | errors.AuthenticationError
  | errors.PermissionDeniedError
  | errors.NotFoundError
  | errors.RateLimitError
  | errors.ConflictError<'CONFLICT'>
  | errors.InsufficientBalanceError
  | errors.SupplyExceededError
  | errors.IdempotencyConflictError
  | errors.ServerError<'INTERNAL'>
  | errors.UnavailableError;

/** Classes whose errors have one of several codes. */
type Roots =
  | typeof errors.SpydraError
  | typeof errors.ApiError
  | typeof errors.ConflictError
  | typeof errors.ServerError;

export type ErrorClass = abstract new (...args: never) => unknown;

/** What `error instanceof Class` narrows to: of a class with several codes, every error that has one of them. */
export type InstanceOf<Class extends ErrorClass> = Class extends Roots
  ? Extract<AnySpydraError, InstanceType<Class>>
  : InstanceType<Class>;
