import pRetry from 'p-retry';
import { sleep } from '../core/abort.js';
import type {
  Call,
  CallRetries,
  FailedAttempt,
  Operation,
  RetryFailure,
  RetryPolicy,
  RetryRequest,
} from '../core/call.js';
import { ignoreFailure } from '../core/ignore-failure.js';
import { type ErrorDetails, type Outcome, RateLimitError, SpydraError } from '../errors.js';
import { retryEvents } from '../telemetry/events.js';
import type { Logger } from '../telemetry/logger.js';
import type { Prepared } from './request.js';
import { type CompleteRetryPolicy, completed, fullJitter } from './retry-presets.js';

/*
 * Whether a request is sent again: the table says where that is safe, the call's policy whether and when it is wanted.
 */

/** Whether the same request may be sent again, and what is known of its effect if it is not. */
interface Verdict {
  readonly retryable: boolean;
  readonly outcome: Outcome;
}

const AGAIN: Verdict = { retryable: true, outcome: 'not-applied' };
const FINAL: Verdict = { retryable: false, outcome: 'not-applied' };
const UNKNOWN: Verdict = { retryable: false, outcome: 'unknown' };

/**
 * The retry table, by what went wrong with an attempt. A write is sent again only where the server cannot have applied
 * it; wherever it may have, the outcome is unknown and nothing is sent blindly.
 */
const TABLE = {
  /** No byte of the request left: DNS, refused, TLS, no connection, no tunnel through a proxy, arguments refused. */
  'never-sent': { read: AGAIN, write: AGAIN },
  /** 429: it precedes the work. */
  throttled: { read: AGAIN, write: AGAIN },
  /** Reset, timeout, a body that could not be read, or a status that may be gone at the next attempt. */
  broken: { read: AGAIN, write: UNKNOWN },
  /** Any other 4xx. */
  refused: { read: FINAL, write: FINAL },
  /** Any other status, or a 2xx response that lacks what the SDK relies on. */
  unusable: { read: FINAL, write: UNKNOWN },
} satisfies Record<string, Record<Operation, Verdict>>;

type Failure = keyof typeof TABLE;

/**
 * 4xx that come of waiting too long and not of the request: Request Timeout, and nginx's Client Closed Request, which
 * gateways give where a server behind them was cancelled. What such a server has done, they do not know.
 */
const TRANSIENT_4XX = new Set([408, 499]);
/** 5xx that the same request would get again: not implemented, version, negotiation, loop, extension, captive portal. */
const LASTING_5XX = new Set([501, 505, 506, 508, 510, 511]);

/** What a status that is not 2xx means. Other 5xx are transient, the 52x of proxies among them. */
export function failureOfStatus(status: number): Failure {
  if (status === 429) return 'throttled';
  if (TRANSIENT_4XX.has(status) || (status >= 500 && status <= 599 && !LASTING_5XX.has(status))) return 'broken';
  return status >= 400 && status <= 499 ? 'refused' : 'unusable';
}

/** The details of an error of a failed request: whether it may be sent again, and its outcome. */
export function failureDetails(
  failure: Failure,
  { operation, requestId, idempotencyKey }: Prepared<unknown>,
  answer?: { readonly status: number; readonly requestId: string | undefined },
): ErrorDetails {
  const { status, requestId: serverRequestId } = answer ?? {};
  return { ...TABLE[failure][operation], requestId: serverRequestId ?? requestId, status, idempotencyKey };
}

/** Milliseconds: no wait is longer, whatever a policy returns. */
const MAX_WAIT = 3_600_000;

/** A guarded policy: nothing that it throws or returns repeats what must not be repeated, or fails a call. */
export class Retries implements CallRetries {
  static readonly #known = new WeakMap<RetryPolicy, Retries>();
  static #count = 0;
  readonly #policy: CompleteRetryPolicy;
  readonly id: string;

  readonly succeeded: ((request: RetryRequest) => void) | undefined;

  private constructor(policy: CompleteRetryPolicy, id: string) {
    this.#policy = policy;
    this.id = id;
    const { success } = policy;
    this.succeeded = success && ((request) => ignoreFailure(() => success(request)));
  }

  /** The policy of the option `retries`. A number is the limit of `base`. */
  static of(option: number | RetryPolicy, base?: Retries): Retries {
    if (typeof option === 'number') return (base ?? STANDARD).#limited(option);
    const known = Retries.#known.get(option) ?? new Retries(completed(option), `${++Retries.#count}`);
    Retries.#known.set(option, known);
    return known;
  }

  get limit(): number {
    return this.#policy.limit;
  }

  #limited(limit: number): Retries {
    return new Retries({ ...this.#policy, limit }, `${this.id} ${limit}`);
  }

  waitAfter(
    failed: FailedAttempt,
    { deadlineAt }: Pick<Call, 'deadlineAt'>,
    logger: Logger | undefined,
  ): number | undefined {
    if (failed.attempt > this.limit) return undefined;
    try {
      const failure = failureOf(failed);
      const wait = Math.max(0, expected('number', this.#policy.delay(failure)), failure.retryAfter ?? 0);
      const fits = performance.now() + wait < deadlineAt;
      return fits && expected('boolean', this.#policy.retry(failure)) ? Math.min(wait, MAX_WAIT) : undefined;
    } catch (error) {
      ignoreFailure(() => logger?.error({ reason: String(error) }, 'spydra: the retry policy failed: not repeated'));
      return undefined;
    }
  }
}

/** The default policy; also that of the SDK's own reads that find out what became of a write. */
export const STANDARD = Retries.of(fullJitter());

/** By error: the request that failed with it. */
const requests = new WeakMap<SpydraError, Prepared<unknown>>();

function noteRequest(error: unknown, request: Prepared<unknown>): void {
  if (error instanceof SpydraError) requests.set(error, request);
}

/** A request whose first attempt has failed. */
interface FailedRequest {
  readonly request: Prepared<unknown>;
  readonly call: Call;
  readonly logger: Logger | undefined;
  /** When the first attempt began, as `performance.now()` counts. */
  readonly since: number;
}

/**
 * Runs further attempts until one succeeds, or the next would not be safe, is refused by the policy, or would be too
 * late.
 *
 * @param first - what the first attempt has thrown
 * @throws what the last attempt has thrown
 */
export async function retry<T>(
  first: unknown,
  attempt: (n: number) => Promise<T>,
  { request, call, logger, since }: FailedRequest,
): Promise<T> {
  const { kind, requestId, operation } = request;
  let wait = 0;

  const mayRetry = (error: unknown, n: number): boolean => {
    if (!(error instanceof SpydraError) || call.signal.aborted) return false;
    const { code, retryable } = error;
    // No policy can make a write be sent again that may have been applied.
    if (operation === 'write' && !retryable) return false;
    const allowed = call.retries.waitAfter({ attempt: n, error, operation, retryable, since }, call, logger);
    if (allowed === undefined) return false;
    wait = allowed;
    logger?.warn({ request: kind, attempt: n, wait, code, requestId }, 'spydra: trying again');
    if (retryEvents.hasSubscribers) retryEvents.publish({ request: kind, attempt: n, wait, code, requestId });
    return true;
  };

  noteRequest(first, request);
  if (!mayRetry(first, 1)) throw first;
  const next = async (n: number) => {
    await sleep(wait, call.signal);
    try {
      return await attempt(n + 1);
    } catch (error) {
      noteRequest(error, request);
      throw error;
    }
  };
  return pRetry(next, {
    retries: call.retries.limit - 1,
    minTimeout: 0,
    shouldRetry: ({ error, attemptNumber }) => mayRetry(error, attemptNumber + 1),
  });
}

/** The request that has succeeded, as a policy is notified of it. */
export function succeeded(request: Prepared<unknown>, attempt: number): RetryRequest {
  return Object.freeze({ attempt, operation: request.operation, ...placeOf(request) });
}

function failureOf({ since, ...failed }: FailedAttempt): RetryFailure {
  const { error } = failed;
  return Object.freeze({
    ...failed,
    ...placeOf(requests.get(error)),
    elapsed: performance.now() - since,
    retryAfter: error instanceof RateLimitError ? error.retryAfter : undefined,
  });
}

function placeOf(request: Prepared<unknown> | undefined): Pick<RetryRequest, 'method' | 'route' | 'host'> {
  return { method: request?.method, route: request?.route, host: request && new URL(request.url).host };
}

/** Asserts the type of a policy's return value. */
function expected<T>(type: 'number' | 'boolean', value: T): T {
  if (typeof value === type && !Number.isNaN(value)) return value;
  // A promise is not a valid value; its rejection must not end the process.
  ignoreFailure(() => value);
  throw new TypeError(`It returned ${typeof value === 'number' ? 'NaN' : `a ${typeof value}`} and no ${type}.`);
}
