import * as z from 'zod/mini';
import type { RetryFailure, RetryPolicy } from '../core/call.js';
import { above, atLeast, atMost, depending, finite } from '../core/schemas.js';
import { aFunction, cannotStart, configure, milliseconds } from '../core/validate.js';
import { type FieldProblem, TransactionFailedError } from '../errors.js';

/** A policy that leaves nothing out: others can be built on it. */
export interface CompleteRetryPolicy extends RetryPolicy {
  readonly limit: number;
  readonly retry: (failure: RetryFailure) => boolean;
  readonly delay: (failure: RetryFailure) => number;
}

/** Options of {@link fullJitter}. */
export interface FullJitterOptions {
  /** How often a request is repeated at most: 0 to 1,000. Default 3. */
  readonly limit?: number | undefined;
  /** The longest wait before the first repetition, in milliseconds; it doubles with each. Default 250. */
  readonly base?: number | undefined;
  /** The longest wait before any repetition, in milliseconds. Default 8,000. */
  readonly cap?: number | undefined;
}

/** Options of {@link retryBudget}. */
export interface RetryBudgetOptions {
  /** What decides while there are tokens. Default `fullJitter()`. */
  readonly policy?: RetryPolicy | undefined;
  /** Tokens in the full bucket, as it is at first. Default 500. */
  readonly capacity?: number | undefined;
  /** Tokens that a repetition takes, and gives back when it succeeds. Default 5. */
  readonly cost?: number | undefined;
  /** Tokens that a request gives which succeeds at once. Default 1. */
  readonly refund?: number | undefined;
}

/** Bounded: p-retry computes with powers of two. */
const MAX_RETRIES = 1_000;

const NEITHER = 'must be a number or a policy, such as fullJitter({ limit: 5 })';

const retryLimit = finite(NEITHER).check(
  z.refine(Number.isSafeInteger, 'must be whole'),
  atLeast(0, 'must not be negative'),
  atMost(MAX_RETRIES, 'must be 1,000 or less'),
);

const optionalFunction = z.optional(aFunction<never>());

const retryPolicy = z
  .looseObject(
    { limit: z.optional(retryLimit), retry: optionalFunction, delay: optionalFunction, success: optionalFunction },
    NEITHER,
  )
  .check(
    z.refine(({ limit, retry, delay }) => limit !== undefined || retry || delay, 'must have a limit, retry or delay'),
  );

/** What the option `retries` may hold: how often, or a policy. It is passed on as it is. */
export const retriesOption = depending<number | RetryPolicy>((value) =>
  typeof value === 'object' && value !== null ? retryPolicy : retryLimit,
);

const tokens = finite('must be a number').check(above(0, 'must be above zero'));

const jitterOptions = z.strictObject({
  limit: z._default(retryLimit, 3),
  base: z._default(milliseconds, 250),
  cap: z._default(milliseconds, 8_000),
});
const budgetOptions = z
  .strictObject({
    policy: z.optional(retryPolicy),
    capacity: z._default(tokens, 500),
    cost: z._default(tokens, 5),
    refund: z._default(tokens, 1),
  })
  .check(
    z.refine(({ capacity, cost }) => cost <= capacity, { path: ['cost'], error: 'must not be above the capacity' }),
  );

const explain = (name: string) => (problems: readonly FieldProblem[]) => cannotStart(name, problems);

/**
 * The default policy: what is safe is repeated after a random wait that grows, so that clients that failed together do
 * not return together.
 *
 * @throws ConfigurationError
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @example
 * ```ts
 * const spydra = new SpydraClient({ retries: fullJitter({ limit: 5, base: 100 }) });
 * ```
 */
export function fullJitter(options: FullJitterOptions = {}): CompleteRetryPolicy {
  const { limit, base, cap } = configure(jitterOptions, options, explain('fullJitter()'));
  return {
    limit,
    retry: ({ retryable }) => retryable,
    delay: ({ attempt }) => Math.random() * Math.min(cap, base * 2 ** (attempt - 1)),
  };
}

/**
 * A policy with a token bucket, so that repetitions do not multiply the load of a server that is ill: they take tokens,
 * successes give some. All clients that are given the same policy object share one bucket; give each server its own. A
 * transaction that came second in a conflict says nothing of a server's health, and takes none.
 *
 * @throws ConfigurationError
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 * @example
 * ```ts
 * const retries = retryBudget({ policy: fullJitter({ limit: 5 }) });
 * const clients = ['app-1', 'app-2'].map((appId) => new SpydraClient({ appId, retries }));
 * ```
 */
export function retryBudget(options: RetryBudgetOptions = {}): CompleteRetryPolicy {
  const { capacity, cost, refund } = configure(budgetOptions, options, explain('retryBudget()'));
  const { limit, retry, delay, success } = completed(options.policy ?? {});
  let left = capacity;
  return {
    limit,
    delay,
    retry: (failure) => {
      const isWanted = retry(failure);
      if (isWanted !== true) return isWanted;
      const price = failure.error instanceof TransactionFailedError ? 0 : cost;
      if (left < price) return false;
      left -= price;
      return true;
    },
    success: (request) => {
      left = Math.min(capacity, left + (request.attempt > 1 ? cost : refund));
      success?.(request);
    },
  };
}

/** The policy with what it leaves out. Its members are read once. */
export function completed(policy: RetryPolicy): CompleteRetryPolicy {
  const standard = fullJitter();
  const { limit = standard.limit, retry = standard.retry, delay = standard.delay, success } = policy;
  return {
    limit,
    retry: retry.bind(policy),
    delay: delay.bind(policy),
    success: success?.bind(policy),
  };
}
