/** What is known of the effect of a failed call: this call changed nothing, or nobody can tell yet. */
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
  /** Machine-readable reason; defaults to the class's own code. */
  readonly code?: string | undefined;
  /** Id of the request in the server's logs, or the one that was sent with it. */
  readonly requestId?: string | undefined;
  /** HTTP status, where the server answered. */
  readonly status?: number | undefined;
  /** Whether the same call may be made again as it is. Default `false`. */
  readonly retryable?: boolean | undefined;
  /** Default `'not-applied'`. */
  readonly outcome?: Outcome | undefined;
  /** The key that the write was sent with. */
  readonly idempotencyKey?: string | undefined;
  /** The ledger's id of the transaction. */
  readonly transactionId?: string | undefined;
  /** What the server added to its error, unchanged. */
  readonly details?: unknown;
  readonly cause?: unknown;
}

// Shared by every copy of the package in a process, so that an error thrown by the ESM build is an instance of the
// classes of the CommonJS build too.
const KINDS = Symbol.for('spydra-sdk.error.kinds');

const kindsOf = (type: unknown): string[] => {
  const kinds: string[] = [];
  for (let t = type; typeof t === 'function'; t = Object.getPrototypeOf(t)) {
    if (Object.hasOwn(t, 'kind')) kinds.push((t as unknown as typeof SpydraError).kind);
  }
  return kinds;
};

function hasInstance(this: { readonly kind?: string }, value: unknown): boolean {
  // A user's own subclass has no kind of its own: for it the prototype chain decides, as for any class.
  if (!Object.hasOwn(this, 'kind')) return Function.prototype[Symbol.hasInstance].call(this, value);
  const kinds = typeof value === 'object' && value !== null ? (value as { [KINDS]?: unknown })[KINDS] : undefined;
  return Array.isArray(kinds) && kinds.includes(this.kind);
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
export class SpydraError extends Error {
  /** Name of the class, kept through minification. */
  static readonly kind: string = 'SpydraError';
  /** Code of this class's errors where the server gave none. */
  static readonly code: string = 'SPYDRA_ERROR';

  /** Machine-readable reason, for example `INSUFFICIENT_BALANCE`. New codes may appear: keep a default branch. */
  readonly code: string;
  /** Id to quote to whoever runs the server. */
  readonly requestId: string | undefined;
  /** HTTP status, where the server answered. */
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
    this.code = details.code ?? new.target.code;
    this.requestId = details.requestId;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
    this.outcome = details.outcome ?? 'not-applied';
    this.idempotencyKey = details.idempotencyKey;
    this.transactionId = details.transactionId;
    this.details = details.details;
  }

  /** Holds across the package's ESM and CommonJS copies. */
  static override readonly [Symbol.hasInstance] = hasInstance;

  /** The error as plain data for logs: no stack, no cause. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries([['name', this.name], ['message', this.message], ...Object.entries(this)]);
  }
}

/** The client was set up wrongly: an option or environment variable is missing or cannot be right. */
export class ConfigurationError extends SpydraError {
  static override readonly kind: string = 'ConfigurationError';
  static override readonly code: string = 'CONFIGURATION';
}

/** The input cannot be right; it never left the process. `problems` names every bad field. */
export class InvalidInputError extends SpydraError {
  static override readonly kind: string = 'InvalidInputError';
  static override readonly code: string = 'INVALID_INPUT';
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[], details?: ErrorDetails) {
    super(`Invalid input: ${problems.map((p) => `${p.field} ${p.message}`).join('; ')}.`, details);
    this.problems = problems;
  }
}

/** No answer came: the server could not be reached, or the connection broke. */
export class ConnectionError extends SpydraError {
  static override readonly kind: string = 'ConnectionError';
  static override readonly code: string = 'CONNECTION';
}

/** One attempt took longer than `timeout`, its body included. */
export class TimeoutError extends SpydraError {
  static override readonly kind: string = 'TimeoutError';
  static override readonly code: string = 'TIMEOUT';
}

/** The whole call took longer than `deadline`, waits included. */
export class DeadlineExceededError extends SpydraError {
  static override readonly kind: string = 'DeadlineExceededError';
  static override readonly code: string = 'DEADLINE_EXCEEDED';
}

/** The caller's `signal` ended the call; `cause` is the signal's reason. */
export class AbortedError extends SpydraError {
  static override readonly kind: string = 'AbortedError';
  static override readonly code: string = 'ABORTED';
}

/** The client was closed. */
export class ClientClosedError extends SpydraError {
  static override readonly kind: string = 'ClientClosedError';
  static override readonly code: string = 'CLIENT_CLOSED';
}

/** The server's answer could not be read or lacks what the SDK relies on. */
export class InvalidResponseError extends SpydraError {
  static override readonly kind: string = 'InvalidResponseError';
  static override readonly code: string = 'INVALID_RESPONSE';
}

/** The server repeats pages or never ends a list. */
export class PaginationError extends SpydraError {
  static override readonly kind: string = 'PaginationError';
  static override readonly code: string = 'PAGINATION';
}

/** The server answered with a status other than 2xx. */
export class ApiError extends SpydraError {
  static override readonly kind: string = 'ApiError';
  static override readonly code: string = 'API_ERROR';
}

/** 400: the server found the request invalid; `details` may name the fields. */
export class BadRequestError extends ApiError {
  static override readonly kind: string = 'BadRequestError';
  static override readonly code: string = 'INVALID_REQUEST';
}

/** 401: the server refused the API key. */
export class AuthenticationError extends ApiError {
  static override readonly kind: string = 'AuthenticationError';
  static override readonly code: string = 'UNAUTHORIZED';
}

/** 403: the API key is valid, but not for this. */
export class PermissionDeniedError extends ApiError {
  static override readonly kind: string = 'PermissionDeniedError';
  static override readonly code: string = 'FORBIDDEN';
}

/** The call asked for what is in the cache, and there is no valid answer in it. */
export class NotCachedError extends SpydraError {
  static override readonly kind: string = 'NotCachedError';
  static override readonly code: string = 'NOT_CACHED';
}

/** 404: no such asset, wallet, transaction or metadata. */
export class NotFoundError extends ApiError {
  static override readonly kind: string = 'NotFoundError';
  static override readonly code: string = 'NOT_FOUND';
}

/** 409: the ledger's state does not allow it. */
export class ConflictError extends ApiError {
  static override readonly kind: string = 'ConflictError';
  static override readonly code: string = 'CONFLICT';
}

/** 409: the wallet holds fewer tokens than asked for. */
export class InsufficientBalanceError extends ConflictError {
  static override readonly kind: string = 'InsufficientBalanceError';
  static override readonly code: string = 'INSUFFICIENT_BALANCE';
}

/** 409: the mint would exceed the asset's total supply. */
export class SupplyExceededError extends ConflictError {
  static override readonly kind: string = 'SupplyExceededError';
  static override readonly code: string = 'SUPPLY_EXCEEDED';
}

/** 409: the idempotency key was used before with another input; `transactionId` names that first transaction. */
export class IdempotencyConflictError extends ConflictError {
  static override readonly kind: string = 'IdempotencyConflictError';
  static override readonly code: string = 'IDEMPOTENCY_CONFLICT';
}

/** 429, or 503 with Retry-After: the server asks for a pause that does not fit into the deadline or the retries. */
export class RateLimitError extends ApiError {
  static override readonly kind: string = 'RateLimitError';
  static override readonly code: string = 'RATE_LIMITED';
  /** Milliseconds to wait, where the server told. */
  readonly retryAfter: number | undefined;

  constructor(message: string, details: ErrorDetails & { readonly retryAfter?: number | undefined } = {}) {
    super(message, details);
    this.retryAfter = details.retryAfter;
  }
}

/** 5xx: the server failed. */
export class ServerError extends ApiError {
  static override readonly kind: string = 'ServerError';
  static override readonly code: string = 'INTERNAL';
}

/** 503: the server is not available. */
export class UnavailableError extends ServerError {
  static override readonly kind: string = 'UnavailableError';
  static override readonly code: string = 'UNAVAILABLE';
}

/** The transaction was accepted and then failed validation: it is final and changed nothing. */
export class TransactionFailedError extends SpydraError {
  static override readonly kind: string = 'TransactionFailedError';
  static override readonly code: string = 'TRANSACTION_FAILED';
  /** Fabric's validation code, for example `MVCC_READ_CONFLICT`. */
  readonly validationCode: string;

  constructor(message: string, details: ErrorDetails & { readonly validationCode: string }) {
    super(message, details);
    this.validationCode = details.validationCode;
  }
}

/** How far a write had come when its outcome became unknown: sent, or accepted and waiting for its commit. */
export type WriteStage = 'submit' | 'commit';

/**
 * Nobody can tell yet whether the write was applied. Do not send it again under another key: look for
 * `transactionId` or `idempotencyKey` on the ledger first.
 */
export class OutcomeUnknownError extends SpydraError {
  static override readonly kind: string = 'OutcomeUnknownError';
  static override readonly code: string = 'OUTCOME_UNKNOWN';
  readonly stage: WriteStage;

  constructor(message: string, details: Omit<ErrorDetails, 'outcome'> & { readonly stage: WriteStage }) {
    super(message, { ...details, outcome: 'unknown' });
    this.stage = details.stage;
  }
}
