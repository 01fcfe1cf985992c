import type { SpydraError } from '../errors.js';

/** The request that a policy is asked or notified about. */
export interface RetryRequest {
  /** From 1: the attempt that has failed, or that has succeeded. */
  readonly attempt: number;
  readonly operation: 'read' | 'write';
  /** `GET`, `POST` or `PUT`. Like `route` and `host` undefined where no request failed but a transaction, in a conflict. */
  readonly method: string | undefined;
  /** The path without ids, as in `…/assets/:id`. */
  readonly route: string | undefined;
  /** That of the base URL, with its port unless it is the usual one: `api.spydra.io`. */
  readonly host: string | undefined;
}

/** A failure after which a repetition would be safe. It holds no secrets. */
export interface RetryFailure extends RetryRequest {
  /** What the call is to throw: class, `code` and `status` say why. */
  readonly error: SpydraError;
  /** Whether the SDK repeats it by default. Where it does not, only reads are put to a policy. */
  readonly retryable: boolean;
  /** Milliseconds since the first attempt began. */
  readonly elapsed: number;
  /** Milliseconds, where the server asked for a wait. No repetition comes earlier. */
  readonly retryAfter: number | undefined;
}

/**
 * Whether, when and how often a failed request is repeated, where that is safe: a write that may have been applied is
 * never put to a policy. What is left out is as in `fullJitter()`. A function that throws, or returns something else
 * than its type says, repeats nothing.
 */
export interface RetryPolicy {
  /** How often a request is repeated at most: 0 to 1,000, read once. Default 3. */
  readonly limit?: number | undefined;
  /** Whether to repeat. Asked last: after `true` the request is sent again. */
  readonly retry?: ((failure: RetryFailure) => boolean) | undefined;
  /** Milliseconds to wait before that. A wait beyond the call's deadline, as `Infinity` is, repeats nothing. */
  readonly delay?: ((failure: RetryFailure) => number) | undefined;
  /** Called after each request that succeeded. */
  readonly success?: ((request: RetryRequest) => void) | undefined;
}

/** An attempt that failed; `since`: when the first one began, as `performance.now()` counts. */
export type FailedAttempt = Pick<RetryFailure, 'attempt' | 'error' | 'operation' | 'retryable'> & {
  readonly since: number;
};

/** Where a policy's own failure is logged. */
interface FailureLog {
  error(fields: object, message: string): void;
}

/** The retry policy of one call. */
export interface CallRetries {
  /** Distinguishes policies. */
  readonly id: string;
  /** How often a request is repeated at most. */
  readonly limit: number;
  /** Milliseconds to wait before another attempt; undefined for none. Called only where one would be safe. */
  waitAfter(failed: FailedAttempt, call: { readonly deadlineAt: number }, logger: FailureLog): number | undefined;
  succeeded(request: RetryRequest): void;
}
