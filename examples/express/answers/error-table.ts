import {
  AbortedError,
  ApiError,
  BadRequestError,
  ClientClosedError,
  ConflictError,
  ConnectionError,
  DeadlineExceededError,
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

/** What a client is told of an error. The sentences are ours: those of the SDK name paths of Spydra. */
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

/** The first row that knows an error answers it, so what is special stands above what is general. */
const ROWS = [
  row(
    leavesOpen,
    504,
    'OUTCOME_UNKNOWN',
    'Nobody can tell yet whether the write was applied. Look for it among the transactions; if it has to be sent again, then only under the Idempotency-Key in the details.',
    (error) => ({ details: unknownOutcome(error) }),
  ),

  row(is(InvalidInputError), 400, 'INVALID_INPUT', 'The input is not valid.', ({ message, problems }) => ({
    // Made of the problems alone.
    error: message,
    details: problems,
  })),
  row(is(BadRequestError), 400, 'INVALID_REQUEST', 'Spydra found the request invalid. Nothing was changed.'),
  row(is(NotFoundError), 404, 'NOT_FOUND', 'Spydra knows nothing of this id.'),

  row(is(InsufficientBalanceError), 409, 'INSUFFICIENT_BALANCE', 'The wallet holds fewer tokens than asked for.'),
  row(is(SupplyExceededError), 409, 'SUPPLY_EXCEEDED', "These tokens would exceed the asset's total supply."),
  row(
    is(IdempotencyConflictError),
    409,
    'IDEMPOTENCY_CONFLICT',
    'The Idempotency-Key was used before for another request. Use a new one for a new write.',
    ({ transactionId }) => ({ details: { transactionId } }),
  ),
  row(is(ConflictError), 409, 'CONFLICT', "The ledger's state does not allow this. Read it again before you decide."),
  row(
    lostToAnother,
    409,
    'TRANSACTION_FAILED',
    'Another transaction came first, and this one changed nothing. Send it again.',
    ({ transactionId, validationCode }) => ({ details: { transactionId, validationCode } }),
  ),
  row(
    is(TransactionFailedError),
    502,
    'TRANSACTION_FAILED',
    'The ledger found the transaction invalid: that is final, and it changed nothing.',
    ({ transactionId }) => ({ details: { transactionId } }),
  ),

  row(isDownForAWhile, 503, 'UPSTREAM_UNAVAILABLE', IS_DOWN, ({ retryAfter }) => ({ retryAfter: seconds(retryAfter) })),
  row(
    is(RateLimitError),
    429,
    'RATE_LIMITED',
    'Spydra is asked too often. Wait as long as Retry-After says.',
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
    'Spydra did not do what was asked. Quote the requestId to whoever runs this server.',
  ),

  row(isRefusedByExpress(412), 412, 'PRECONDITION_FAILED', 'What was asked for is not as the request presumes.'),
  row(isRefusedByExpress(416), 416, 'RANGE_NOT_SATISFIABLE', 'There is no such part of what was asked for.'),
  row(isRefusedByExpress(413), 413, 'BODY_TOO_LARGE', 'The body is larger than 100 kB.'),
  row(isRefusedByExpress(415), 415, 'UNSUPPORTED_ENCODING', 'The body is encoded in a way that is not read here.'),
  row(isRefusedByExpress(400), 400, 'UNREADABLE_REQUEST', 'The request could not be read.'),
];

const INTERNAL: Failure = { status: 500, code: 'INTERNAL', error: 'This server failed on the request.' };

/** What to answer to an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return { status: error.status, code: error.code, error: error.message };
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

function leavesOpen(error: unknown): error is SpydraError {
  return error instanceof SpydraError && error.outcome === 'unknown';
}

function unknownOutcome(error: SpydraError) {
  const { idempotencyKey, transactionId } = error;
  return { idempotencyKey, transactionId, stage: error instanceof OutcomeUnknownError ? error.stage : 'submit' };
}

function lostToAnother(error: unknown): error is TransactionFailedError {
  return error instanceof TransactionFailedError && error.retryable;
}

/** A 503 that says when to come back. */
function isDownForAWhile(error: unknown): error is RateLimitError {
  return error instanceof RateLimitError && error.status === 503;
}

/** Express and its body reader give their errors the status to answer. */
function isRefusedByExpress(status: number) {
  return (error: unknown): error is Error => error instanceof Error && 'status' in error && error.status === status;
}

function seconds(milliseconds = 1_000): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}
