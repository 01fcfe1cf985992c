import {
  type AnySpydraError,
  ApiError,
  ConflictError,
  type ErrorCode,
  NotFoundError,
  type RateLimitError,
  SpydraError,
} from 'spydra-sdk';

/*
 * Compiled, never run: what must not compile is marked.
 */

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Each code has its class. */
export const isComplete: Same<AnySpydraError['code'], ErrorCode> = true;

export function narrowed(error: unknown): unknown {
  if (!(error instanceof SpydraError)) return undefined;
  // @ts-expect-error -- misspelled
  if (error.code === 'INSUFICIENT_BALANCE') return undefined;
  // @ts-expect-error -- only some errors have it
  error.retryAfter;
  if (error.serverCode === 'WHATEVER_A_SERVER_SAYS') return undefined;
  switch (error.code) {
    case 'RATE_LIMITED':
      return error.retryAfter satisfies RateLimitError['retryAfter'];
    case 'INVALID_INPUT':
      return error.problems;
    case 'TRANSACTION_FAILED':
      return error.validationCode;
    case 'OUTCOME_UNKNOWN':
      return error.stage;
    // @ts-expect-error -- no such code
    case 'OUTCOME_UNKOWN':
      return undefined;
    default:
      // @ts-expect-error -- only the errors of cases above have it
      return error.problems;
  }
}

/** Without a `default`: a code that is missing here does not compile. */
export function exhaustive(error: AnySpydraError): string {
  switch (error.code) {
    case 'SPYDRA_ERROR':
    case 'CONFIGURATION':
    case 'INVALID_INPUT':
    case 'CONNECTION':
    case 'TIMEOUT':
    case 'DEADLINE_EXCEEDED':
    case 'ABORTED':
    case 'CLIENT_CLOSED':
    case 'INVALID_RESPONSE':
    case 'PAGINATION':
    case 'NOT_CACHED':
    case 'TRANSACTION_FAILED':
    case 'OUTCOME_UNKNOWN':
      return error.message;
    default:
      return ofApi(error);
  }
}

function ofApi(error: Extract<AnySpydraError, ApiError>): string {
  switch (error.code) {
    case 'API_ERROR':
    case 'INVALID_REQUEST':
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
    case 'NOT_FOUND':
    case 'RATE_LIMITED':
    case 'CONFLICT':
    case 'INSUFFICIENT_BALANCE':
    case 'SUPPLY_EXCEEDED':
    case 'IDEMPOTENCY_CONFLICT':
    case 'INTERNAL':
    case 'UNAVAILABLE':
      return error.message;
  }
}

/** A class with several codes narrows to those. */
export function byClass(error: unknown): ErrorCode | undefined {
  if (error instanceof ConflictError) {
    return error.code satisfies 'CONFLICT' | 'INSUFFICIENT_BALANCE' | 'SUPPLY_EXCEEDED' | 'IDEMPOTENCY_CONFLICT';
  }
  // @ts-expect-error -- no code of an ApiError
  if (error instanceof ApiError && error.code === 'TIMEOUT') return undefined;
  return error instanceof NotFoundError ? (error.code satisfies 'NOT_FOUND') : undefined;
}

/** `instanceof` narrows the other branch too. */
export function otherwise(value: SpydraError | string, error: AnySpydraError): unknown {
  if (!(value instanceof SpydraError)) return value.length;
  // @ts-expect-error -- an ApiError has no problems
  return error instanceof ApiError ? error.problems : (error.code satisfies Exclude<ErrorCode, ApiError['code']>);
}

export class OfAUser extends SpydraError {
  readonly reason = 'mine';
}
export class NotFoundOfAUser extends NotFoundError {
  readonly place = 'here';
}
// @ts-expect-error -- the codes are a closed set
export class Misnamed extends SpydraError {
  static override readonly code = 'MINE';
}

/** Derived classes narrow like any class, with the code of their base class. */
export function derived(error: unknown, known: AnySpydraError): unknown {
  if (error instanceof OfAUser) return error.reason;
  if (error instanceof NotFoundOfAUser) return [error.place, error.code satisfies 'NOT_FOUND'];
  return known instanceof OfAUser ? known.reason : (known.code satisfies ErrorCode);
}
