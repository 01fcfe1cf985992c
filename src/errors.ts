import { plain, plainFields } from './core/plain.js';
import type {
  ApiErrorCode,
  ConflictErrorCode,
  ErrorClass,
  ErrorCode,
  InstanceOf,
  ServerErrorCode,
} from './error-codes.js';
import { isInstance, KINDS, kindsOf } from './error-kinds.js';
import type { ValidationCode } from './known-values.js';

/** The effect of a failed call: this call changed nothing, or it is unknown yet. */
export type Outcome = 'not-applied' | 'unknown';

/** One input field that cannot be right. */
export interface FieldProblem {
  /** Path of the field, for example `asset.totalSupply`. */
  readonly field: string;
  /** What is wrong with it, as the rest of a sentence: `must be above zero`. */
  readonly message: string;
}

/** What every error of this package is made of. */
export interface ErrorDetails {
  /** The code in the response, unchanged. */
  readonly serverCode?: string | undefined;
  /** The message in the response, without any secret: at most 500 characters. */
  readonly serverMessage?: string | undefined;
  /** Id of the request in the server's logs, or the one that was sent with it. */
  readonly requestId?: string | undefined;
  /** HTTP status, where there was a response. */
  readonly status?: number | undefined;
  /** Whether the same call may be made again as it is. Default `false`. */
  readonly retryable?: boolean | undefined;
  /** Default `'not-applied'`. */
  readonly outcome?: Outcome | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly transactionId?: string | undefined;
  /** What the server added to its error, unchanged. */
  readonly details?: unknown;
  readonly cause?: unknown;
}

/**
 * Root of every error that this package throws: `error instanceof SpydraError`.
 *
 * @example
 * ```ts
 * try {
 *   await spydra.tokens.mint({ assetId, recipientWallet, amount: 100n, minterWallet });
 * } catch (error) {
 *   if (error instanceof SpydraError && error.outcome === 'unknown') await askAgainLater(error.idempotencyKey);
 *   else throw error;
 * }
 * ```
 */
export class SpydraError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Name of the class, kept through minification. */
  static readonly kind: string = 'SpydraError';
  /** `code` of this class's errors. */
  static readonly code: ErrorCode = 'SPYDRA_ERROR';

  /** Names the class, for example `INSUFFICIENT_BALANCE`: a `switch` over it narrows to that class. */
  readonly code: Code;
  /** The code in the response, unchanged: any text. */
  readonly serverCode: string | undefined;
  /** The message in the response, without any secret: at most 500 characters. */
  readonly serverMessage: string | undefined;
  /** Id to quote to the server's operator. */
  readonly requestId: string | undefined;
  /** HTTP status, where there was a response. */
  readonly status: number | undefined;
  /** Whether the same call may be made again as it is. */
  readonly retryable: boolean;
  /** `'not-applied'`: this call did not change the ledger. `'unknown'`: it, or an earlier one under its key, may have. */
  readonly outcome: Outcome;
  /** The key that the write was sent with. */
  readonly idempotencyKey: string | undefined;
  /** The ledger's id of the transaction, where one is known. */
  readonly transactionId: string | undefined;
  /** What the server added to its error, unchanged. */
  readonly details: unknown;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const kinds = kindsOf(new.target);
    Object.defineProperty(this, KINDS, { value: kinds });
    Object.defineProperty(this, 'name', { value: kinds[0], configurable: true, writable: true });
    this.code = new.target.code as Code;
    this.serverCode = details.serverCode;
    this.serverMessage = details.serverMessage;
    this.requestId = details.requestId;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
    this.outcome = details.outcome ?? 'not-applied';
    this.idempotencyKey = details.idempotencyKey;
    this.transactionId = details.transactionId;
    this.details = details.details;
  }

  /** Holds across the package's copies. A method: a field would be lowered to an assignment, which cannot be made. */
  static override [Symbol.hasInstance]<Class extends ErrorClass>(
    this: Class,
    error: unknown,
  ): error is InstanceOf<Class> {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this and asks about itself.
    return isInstance(this, error);
  }

  /**
   * The error as plain data for logs, `JSON.stringify` and `postMessage`: no stack, no cause; a `bigint` among the
   * details as its digits. Never throws.
   *
   * @example
   * ```ts
   * // A structured clone keeps no property of an error: post the data.
   * parentPort?.postMessage({ failed: error.toJSON() });
   * ```
   */
  toJSON(): Record<string, unknown> {
    return { name: plain(this.name), message: plain(this.message), ...plainFields(this) };
  }
}

/** The client was set up wrongly: an option or environment variable is missing or cannot be right. */
export class ConfigurationError extends SpydraError<'CONFIGURATION'> {
  static override readonly kind: string = 'ConfigurationError';
  static override readonly code = 'CONFIGURATION';
}

/** The input cannot be right; it never left the process. `problems` names every bad field. */
export class InvalidInputError extends SpydraError<'INVALID_INPUT'> {
  static override readonly kind: string = 'InvalidInputError';
  static override readonly code = 'INVALID_INPUT';
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[], details?: ErrorDetails) {
    super(`Invalid input: ${problems.map((p) => `${p.field} ${p.message}`).join('; ')}.`, details);
    this.problems = problems;
  }
}

/** There was no response: the server could not be reached, or the connection broke. */
export class ConnectionError extends SpydraError<'CONNECTION'> {
  static override readonly kind: string = 'ConnectionError';
  static override readonly code = 'CONNECTION';
}

/** One attempt took longer than `timeout`, its body included. */
export class TimeoutError extends SpydraError<'TIMEOUT'> {
  static override readonly kind: string = 'TimeoutError';
  static override readonly code = 'TIMEOUT';
}

/** The whole call took longer than `deadline`, waits included. */
export class DeadlineExceededError extends SpydraError<'DEADLINE_EXCEEDED'> {
  static override readonly kind: string = 'DeadlineExceededError';
  static override readonly code = 'DEADLINE_EXCEEDED';
}

/** The caller's `signal` ended the call; `cause` is the signal's reason. */
export class AbortedError extends SpydraError<'ABORTED'> {
  static override readonly kind: string = 'AbortedError';
  static override readonly code = 'ABORTED';
}

/** The client was closed. */
export class ClientClosedError extends SpydraError<'CLIENT_CLOSED'> {
  static override readonly kind: string = 'ClientClosedError';
  static override readonly code = 'CLIENT_CLOSED';
}

/** The response could not be read or lacks what the SDK relies on. */
export class InvalidResponseError extends SpydraError<'INVALID_RESPONSE'> {
  static override readonly kind: string = 'InvalidResponseError';
  static override readonly code = 'INVALID_RESPONSE';
}

/** A list shrank while it was iterated (`retryable`), or the server repeats pages, never ends it or cuts it short. */
export class PaginationError extends SpydraError<'PAGINATION'> {
  static override readonly kind: string = 'PaginationError';
  static override readonly code = 'PAGINATION';
}

/** The response had a status other than 2xx. */
export class ApiError<Code extends ApiErrorCode = ApiErrorCode> extends SpydraError<Code> {
  static override readonly kind: string = 'ApiError';
  static override readonly code: ApiErrorCode = 'API_ERROR';
}

/** 400: the server found the request invalid; `details` may name the fields. */
export class BadRequestError extends ApiError<'INVALID_REQUEST'> {
  static override readonly kind: string = 'BadRequestError';
  static override readonly code = 'INVALID_REQUEST';
}

/** 401: the server refused the API key. */
export class AuthenticationError extends ApiError<'UNAUTHORIZED'> {
  static override readonly kind: string = 'AuthenticationError';
  static override readonly code = 'UNAUTHORIZED';
}

/** 403: the API key is valid, but not for this. */
export class PermissionDeniedError extends ApiError<'FORBIDDEN'> {
  static override readonly kind: string = 'PermissionDeniedError';
  static override readonly code = 'FORBIDDEN';
}

/** The call was `'only-if-cached'`, and the cache has no valid entry. */
export class NotCachedError extends SpydraError<'NOT_CACHED'> {
  static override readonly kind: string = 'NotCachedError';
  static override readonly code = 'NOT_CACHED';
}

/** 404: no such asset, wallet, transaction or metadata. */
export class NotFoundError extends ApiError<'NOT_FOUND'> {
  static override readonly kind: string = 'NotFoundError';
  static override readonly code = 'NOT_FOUND';
}

/** 409: the ledger's state does not allow it. */
export class ConflictError<Code extends ConflictErrorCode = ConflictErrorCode> extends ApiError<Code> {
  static override readonly kind: string = 'ConflictError';
  static override readonly code: ConflictErrorCode = 'CONFLICT';
}

/** 409: the wallet holds fewer tokens than asked for. */
export class InsufficientBalanceError extends ConflictError<'INSUFFICIENT_BALANCE'> {
  static override readonly kind: string = 'InsufficientBalanceError';
  static override readonly code = 'INSUFFICIENT_BALANCE';
}

/** 409: the mint would exceed the asset's total supply. */
export class SupplyExceededError extends ConflictError<'SUPPLY_EXCEEDED'> {
  static override readonly kind: string = 'SupplyExceededError';
  static override readonly code = 'SUPPLY_EXCEEDED';
}

/** 409: the idempotency key was used before with another input; `transactionId` names that first transaction. */
export class IdempotencyConflictError extends ConflictError<'IDEMPOTENCY_CONFLICT'> {
  static override readonly kind: string = 'IdempotencyConflictError';
  static override readonly code = 'IDEMPOTENCY_CONFLICT';
}

/** 429, or 503 with Retry-After: the server asks for a pause that does not fit into the deadline or the retries. */
export class RateLimitError extends ApiError<'RATE_LIMITED'> {
  static override readonly kind: string = 'RateLimitError';
  static override readonly code = 'RATE_LIMITED';
  /** Milliseconds to wait, if the server named them. */
  readonly retryAfter: number | undefined;

  constructor(message: string, details: ErrorDetails & { readonly retryAfter?: number | undefined } = {}) {
    super(message, details);
    this.retryAfter = details.retryAfter;
  }
}

/** 5xx: the server failed. */
export class ServerError<Code extends ServerErrorCode = ServerErrorCode> extends ApiError<Code> {
  static override readonly kind: string = 'ServerError';
  static override readonly code: ServerErrorCode = 'INTERNAL';
}

/** 503: the server is not available. */
export class UnavailableError extends ServerError<'UNAVAILABLE'> {
  static override readonly kind: string = 'UnavailableError';
  static override readonly code = 'UNAVAILABLE';
}

/** The transaction was accepted and then failed validation: it is final and changed nothing. */
export class TransactionFailedError extends SpydraError<'TRANSACTION_FAILED'> {
  static override readonly kind: string = 'TransactionFailedError';
  static override readonly code = 'TRANSACTION_FAILED';
  /** Fabric's validation code. */
  readonly validationCode: ValidationCode;

  constructor(message: string, details: ErrorDetails & { readonly validationCode: ValidationCode }) {
    super(message, details);
    this.validationCode = details.validationCode;
  }
}

/** How far a write had come when its outcome became unknown: sent, or accepted and waiting for its commit. */
export type WriteStage = 'submit' | 'commit';

/**
 * Whether the write was applied is not known yet. Do not send it again under another key: search for `transactionId` or
 * `idempotencyKey` on the ledger first.
 */
export class OutcomeUnknownError extends SpydraError<'OUTCOME_UNKNOWN'> {
  static override readonly kind: string = 'OutcomeUnknownError';
  static override readonly code = 'OUTCOME_UNKNOWN';
  readonly stage: WriteStage;

  constructor(message: string, details: Omit<ErrorDetails, 'outcome'> & { readonly stage: WriteStage }) {
    super(message, { ...details, outcome: 'unknown' });
    this.stage = details.stage;
  }
}
