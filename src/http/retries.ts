import pRetry from 'p-retry';
import { sleep } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { ignoreFailure } from '../core/ignore-failure.js';
import type { CallRetries, FailedAttempt, RetryFailure, RetryPolicy, RetryRequest } from '../core/retry.js';
import { RateLimitError, SpydraError } from '../errors.js';
import { retryEvents } from '../telemetry/events.js';
import type { Logger } from '../telemetry/logger.js';
import type { Prepared } from './request.js';
import { type CompleteRetryPolicy, completed, fullJitter } from './retry-policies.js';

/** Milliseconds: no wait is longer, whatever a policy returns. */
const MAX_WAIT = 3_600_000;

/** A guarded policy: nothing that it throws or returns repeats what must not be repeated, or fails a call. */
export class Retries implements CallRetries {
  static readonly #known = new WeakMap<RetryPolicy, Retries>();
  static #count = 0;
  readonly #policy: CompleteRetryPolicy;
  readonly id: string;

  private constructor(policy: CompleteRetryPolicy, id: string) {
    this.#policy = policy;
    this.id = id;
  }

  /** The policy of the option `retries`. */
  static of(option: number | RetryPolicy): Retries {
    if (typeof option === 'number') return STANDARD.limited(option);
    const known = Retries.#known.get(option) ?? new Retries(completed(option), `${++Retries.#count}`);
    Retries.#known.set(option, known);
    return known;
  }

  get limit(): number {
    return this.#policy.limit;
  }

  /** The same policy with another limit. */
  limited(limit: number): Retries {
    return new Retries({ ...this.#policy, limit }, `${this.id} ${limit}`);
  }

  waitAfter(failed: FailedAttempt, { deadlineAt }: Pick<Call, 'deadlineAt'>, logger: Logger): number | undefined {
    if (failed.attempt > this.limit) return undefined;
    try {
      const failure = failureOf(failed);
      const wait = Math.max(0, expected('number', this.#policy.delay(failure)), failure.retryAfter ?? 0);
      const fits = performance.now() + wait < deadlineAt;
      return fits && expected('boolean', this.#policy.retry(failure)) ? Math.min(wait, MAX_WAIT) : undefined;
    } catch (error) {
      ignoreFailure(() => logger.error({ reason: String(error) }, 'spydra: the retry policy failed: not repeated'));
      return undefined;
    }
  }

  succeeded(request: RetryRequest): void {
    ignoreFailure(() => this.#policy.success?.(request));
  }
}

/** The default policy; also that of the SDK's own reads that find out what became of a write. */
export const STANDARD = Retries.of(fullJitter());

/** By error: the request that failed with it. */
const requests = new WeakMap<SpydraError, Prepared<unknown>>();

/**
 * Runs attempts until one succeeds, or the next would not be safe, is refused by the policy, or would be too late.
 *
 * @throws what the last attempt has thrown
 */
export function withRetries<T>(
  attempt: (n: number) => Promise<T>,
  request: Prepared<unknown>,
  call: Call,
  logger: Logger,
): Promise<T> {
  const since = performance.now();
  const { kind, requestId, operation } = request;

  const one = async (n: number): Promise<T> => {
    try {
      const answer = await attempt(n);
      call.retries.succeeded(Object.freeze({ attempt: n, operation, ...placeOf(request) }));
      return answer;
    } catch (error) {
      if (error instanceof SpydraError) requests.set(error, request);
      throw error;
    }
  };

  const mayRetry = async (error: Error, n: number): Promise<boolean> => {
    if (!(error instanceof SpydraError) || call.signal.aborted) return false;
    const { code, retryable } = error;
    // No policy can make a write be sent again that may have been applied.
    if (operation === 'write' && !retryable) return false;
    const wait = call.retries.waitAfter({ attempt: n, error, operation, retryable, since }, call, logger);
    if (wait === undefined) return false;
    logger.warn({ request: kind, attempt: n, wait, code, requestId }, 'spydra: trying again');
    if (retryEvents.hasSubscribers) retryEvents.publish({ request: kind, attempt: n, wait, code, requestId });
    await sleep(wait, call.signal);
    return true;
  };

  return pRetry(one, {
    retries: call.retries.limit,
    minTimeout: 0,
    shouldRetry: ({ error, attemptNumber }) => mayRetry(error, attemptNumber),
  });
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

interface Types {
  readonly number: number;
  readonly boolean: boolean;
}

/** Asserts the type of a policy's return value. */
function expected<T extends keyof Types>(type: T, value: unknown): Types[T] {
  if (typeof value === type && !Number.isNaN(value)) return value as Types[T];
  // A promise is not a valid value; its rejection must not end the process.
  ignoreFailure(() => value);
  throw new TypeError(`It returned ${typeof value === 'number' ? 'NaN' : `a ${typeof value}`} and no ${type}.`);
}
