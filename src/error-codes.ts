import type * as errors from './errors.js';

/*
 * The codes of errors, a closed set: each belongs to one class, and narrows to it.
 */

interface ConflictErrors {
  CONFLICT: errors.ConflictError<'CONFLICT'>;
  INSUFFICIENT_BALANCE: errors.InsufficientBalanceError;
  SUPPLY_EXCEEDED: errors.SupplyExceededError;
  IDEMPOTENCY_CONFLICT: errors.IdempotencyConflictError;
}

interface ServerErrors {
  INTERNAL: errors.ServerError<'INTERNAL'>;
  UNAVAILABLE: errors.UnavailableError;
}

interface ApiErrors extends ConflictErrors, ServerErrors {
  API_ERROR: errors.ApiError<'API_ERROR'>;
  INVALID_REQUEST: errors.BadRequestError;
  UNAUTHORIZED: errors.AuthenticationError;
  FORBIDDEN: errors.PermissionDeniedError;
  NOT_FOUND: errors.NotFoundError;
  RATE_LIMITED: errors.RateLimitError;
}

/** The errors of this package by their `code`. A later minor version may add one. */
export interface ErrorsByCode extends ApiErrors {
  SPYDRA_ERROR: errors.SpydraError<'SPYDRA_ERROR'>;
  CONFIGURATION: errors.ConfigurationError;
  INVALID_INPUT: errors.InvalidInputError;
  CONNECTION: errors.ConnectionError;
  TIMEOUT: errors.TimeoutError;
  DEADLINE_EXCEEDED: errors.DeadlineExceededError;
  ABORTED: errors.AbortedError;
  CLIENT_CLOSED: errors.ClientClosedError;
  INVALID_RESPONSE: errors.InvalidResponseError;
  PAGINATION: errors.PaginationError;
  NOT_CACHED: errors.NotCachedError;
  TRANSACTION_FAILED: errors.TransactionFailedError;
  OUTCOME_UNKNOWN: errors.OutcomeUnknownError;
}

export type ConflictErrorCode = keyof ConflictErrors;
export type ServerErrorCode = keyof ServerErrors;
export type ApiErrorCode = keyof ApiErrors;

/** `code` of every {@link SpydraError}. A later minor version may add one. */
export type ErrorCode = keyof ErrorsByCode;

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
export type AnySpydraError = ErrorsByCode[ErrorCode];

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
