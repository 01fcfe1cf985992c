import {
  AbortedError,
  ApiError,
  BadRequestError,
  ClientClosedError,
  ConflictError,
  ConnectionError,
  DeadlineExceededError,
  type FieldProblem,
  IdempotencyConflictError,
  InsufficientBalanceError,
  InvalidInputError,
  InvalidResponseError,
  NotFoundError,
  OutcomeUnknownError,
  PaginationError,
  RateLimitError,
  SpydraError,
  SupplyExceededError,
  TimeoutError,
  TransactionFailedError,
  UnavailableError,
} from 'spydra-sdk';
import { Refusal } from './refusal.js';

/** The response to an error. It has sentences of its own: those of the SDK name paths of Spydra. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  /** A sentence for a person. */
  readonly error: string;
  readonly details?: unknown;
  /** Seconds. */
  readonly retryAfter?: number;
}

const IS_DOWN = 'Spydra is not available right now. Try again later; repeat a write under the same Idempotency-Key.';

/** The first matching row decides, so special cases come before general ones. */
const ROWS = [
  row(
    isOutcomeUnknown,
    504,
    'OUTCOME_UNKNOWN',
    'It is not known yet whether the write was applied. Check the transactions first. If the write has to be sent again, use the Idempotency-Key in the details and no other.',
    (error) => ({ details: unknownOutcome(error) }),
  ),

  row(is(InvalidInputError), 400, 'INVALID_INPUT', 'The input is not valid.', ({ message, problems }) => ({
    // The SDK builds this message of the problems only.
    error: message,
    details: problems,
  })),
  row(
    is(BadRequestError),
    400,
    'INVALID_REQUEST',
    'Spydra rejected the request as invalid. Nothing was changed.',
    ({ details }) => ({ details: fieldsIn(details) }),
  ),
  row(is(NotFoundError), 404, 'NOT_FOUND', 'There is nothing with this id.'),

  row(is(InsufficientBalanceError), 409, 'INSUFFICIENT_BALANCE', 'The wallet holds fewer tokens than requested.'),
  row(is(SupplyExceededError), 409, 'SUPPLY_EXCEEDED', "These tokens would exceed the asset's total supply."),
  row(
    is(IdempotencyConflictError),
    409,
    'IDEMPOTENCY_CONFLICT',
    'The Idempotency-Key was used before for another request. Use a new one for a new write.',
    ({ transactionId }) => ({ details: { transactionId } }),
  ),
  row(is(ConflictError), 409, 'CONFLICT', "The ledger's state does not allow this. Read it again before you retry."),
  row(
    isReadConflict,
    409,
    'TRANSACTION_FAILED',
    'The transaction conflicted with another one and changed nothing. Send it again.',
    ({ transactionId, validationCode }) => ({ details: { transactionId, validationCode } }),
  ),
  row(
    is(TransactionFailedError),
    502,
    'TRANSACTION_FAILED',
    'The ledger rejected the transaction as invalid. This is final, and nothing was changed.',
    ({ transactionId }) => ({ details: { transactionId } }),
  ),

  row(isUnavailableFor, 503, 'UPSTREAM_UNAVAILABLE', IS_DOWN, ({ retryAfter }) => ({
    retryAfter: seconds(retryAfter),
  })),
  row(
    is(RateLimitError),
    429,
    'RATE_LIMITED',
    'Too many requests to Spydra. Wait as long as Retry-After says.',
    ({ retryAfter }) => ({ retryAfter: seconds(retryAfter) }),
  ),
  row(
    is<SpydraError>(
      UnavailableError,
      ConnectionError,
      TimeoutError,
      DeadlineExceededError,
      AbortedError,
      ClientClosedError,
    ),
    503,
    'UPSTREAM_UNAVAILABLE',
    IS_DOWN,
  ),
  row(
    is<SpydraError>(ApiError, InvalidResponseError, PaginationError),
    502,
    'UPSTREAM_FAILED',
    'Spydra failed to process the request. Quote the requestId to the operator of this server.',
  ),

  row(isRefusedByExpress(412), 412, 'PRECONDITION_FAILED', 'A precondition of the request does not hold.'),
  row(isRefusedByExpress(416), 416, 'RANGE_NOT_SATISFIABLE', 'The requested range does not exist.'),
  row(isRefusedByExpress(413), 413, 'BODY_TOO_LARGE', 'The body is larger than 100 kB.'),
  row(isRefusedByExpress(415), 415, 'UNSUPPORTED_ENCODING', 'The Content-Encoding of the body is not supported.'),
  row(isRefusedByExpress(400), 400, 'UNREADABLE_REQUEST', 'The request could not be read.'),
];

const INTERNAL: Failure = { status: 500, code: 'INTERNAL', error: 'This server failed to process the request.' };

/** Returns the response to an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) {
    const { status, code, message, retryAfter, details } = error;
    return { status, code, error: message, details, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  for (const answer of ROWS) {
    const failure = answer(error);
    if (failure) return failure;
  }
  return INTERNAL;
}

function row<E>(
  matches: (error: unknown) => error is E,
  status: number,
  code: string,
  sentence: string,
  more: (error: E) => Partial<Failure> = () => ({}),
) {
  return (error: unknown): Failure | undefined =>
    matches(error) ? { status, code, error: sentence, ...more(error) } : undefined;
}

function is<E>(...Kinds: (abstract new (...args: never[]) => E)[]) {
  return (error: unknown): error is E => Kinds.some((Kind) => error instanceof Kind);
}

function isOutcomeUnknown(error: unknown): error is SpydraError {
  return error instanceof SpydraError && error.outcome === 'unknown';
}

function unknownOutcome(error: SpydraError) {
  const { idempotencyKey, transactionId, details } = error;
  const { metadataId } = (details ?? {}) as { metadataId?: unknown };
  return {
    idempotencyKey,
    transactionId,
    metadataId,
    stage: error instanceof OutcomeUnknownError ? error.stage : 'submit',
  };
}

/** The names of the fields that Spydra rejected. Its messages are dropped: they may be confidential. */
function fieldsIn(details: unknown): FieldProblem[] | undefined {
  if (!Array.isArray(details)) return undefined;
  const names = details.map((problem: unknown) => new Object(problem) as { readonly field?: unknown });
  const isName = (field: unknown) => typeof field === 'string' && /^[a-z]+(\.[a-z]+)*$/i.test(field);
  const fields = names.map(({ field }) => field).filter(isName) as string[];
  return fields.map((field) => ({ field, message: 'was rejected by Spydra' }));
}

function isReadConflict(error: unknown): error is TransactionFailedError {
  return error instanceof TransactionFailedError && error.retryable;
}

/** A 503 with Retry-After. */
function isUnavailableFor(error: unknown): error is RateLimitError {
  return error instanceof RateLimitError && error.status === 503;
}

/** Errors of Express and its body parser carry the status of the response. */
function isRefusedByExpress(status: number) {
  return (error: unknown): error is Error => error instanceof Error && 'status' in error && error.status === status;
}

function seconds(milliseconds = 1_000): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}
