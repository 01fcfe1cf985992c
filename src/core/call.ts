import { DeadlineExceededError, NotCachedError, type SpydraError } from '../errors.js';

/** Options of every call, given as its last argument. */
export interface CallOptions {
  /** Ends the call at once, a backoff or a wait included. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt, its body included. Default: the client's; at most 300,000, as there. */
  readonly timeout?: number | undefined;
  /** Milliseconds for the whole call. Default: the client's; `Infinity` for none. */
  readonly deadline?: number | undefined;
  /** How often its requests are repeated where that is safe, by the client's policy; or a policy of its own. */
  readonly retries?: number | RetryPolicy | undefined;
  /** Headers added to this call's requests, in place of the client's of the same names. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Called with each successful response: of a write, the response to the write itself; of a read, that to each of its
   * requests, a list's pages included. Not called if the result came from the cache, the request of another call, or an
   * earlier call under the idempotency key. It is not awaited; what it throws or rejects with is ignored.
   *
   * @example
   * ```ts
   * const onResponse = ({ requestId, status }: ResponseInfo) => console.log(requestId, status);
   * await spydra.assets.get('asset-1', { onResponse });
   * ```
   */
  readonly onResponse?: ((response: ResponseInfo) => unknown) | undefined;
}

/** A 2xx response of Spydra. */
export interface ResponseInfo {
  /** Id to quote to the server's operator: the server's own for the request, else the one that was sent. */
  readonly requestId: string;
  /** HTTP status */
  readonly status: number;
  /** As in `GET …/assets/:id`: without ids. */
  readonly request: string;
}

/**
 * How a read uses the cache, as with fetch. `'default'`: a fresh entry, else the ledger. `'reload'`: the ledger, whose
 * response is then cached. `'no-store'`: the ledger, and the cache stays as it is. `'only-if-cached'`: a valid entry of
 * any age, or NotCachedError. Without a cache the first three are the same.
 */
export type CacheMode = 'default' | 'reload' | 'no-store' | 'only-if-cached';

/** Options of every call that reads what can be cached. */
export interface ReadOptions extends CallOptions {
  /** Default `'default'`. */
  readonly cache?: CacheMode | undefined;
}

/** Options of every call that writes to the ledger. */
export interface WriteOptions extends CallOptions {
  /**
   * Names this write: repeating the call with the same key and input, even from another process, returns the first
   * result instead of writing again. On a server that ignores the `Idempotency-Key` header, two clients must not use
   * one key at the same instant, nor within `uncertaintyWindow` after a call of the other ended unknown or crashed. 1 to 255
   * visible ASCII characters. Default: a new UUID for each call.
   */
  readonly idempotencyKey?: string | undefined;
  /** Whether to wait until the ledger has committed the write. Default `true`. A repeated call always waits. */
  readonly confirm?: boolean | undefined;
}

/** What a request does. */
export type Operation = 'read' | 'write';

/** The request that a policy is asked or notified about. */
export interface RetryRequest {
  /** From 1: the attempt that has failed, or that has succeeded. */
  readonly attempt: number;
  readonly operation: Operation;
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

/** The retry policy of one call. */
export interface CallRetries {
  /** Distinguishes policies. */
  readonly id: string;
  /** How often a request is repeated at most. */
  readonly limit: number;
  /** Milliseconds to wait before another attempt; undefined for none. Called only where one would be safe. */
  waitAfter(
    failed: FailedAttempt,
    call: Pick<Call, 'deadlineAt'>,
    logger: { error(fields: object, message: string): void } | undefined,
  ): number | undefined;
  /** To be called after a success; undefined if the policy does not ask for that. */
  readonly succeeded: ((request: RetryRequest) => void) | undefined;
}

/** One call: when it ends, and what its requests carry. */
export interface Call {
  /** Aborts with the error that the call is to throw. */
  readonly signal: AbortSignal;
  /** When the call is over, as `performance.now()` counts: the system's clock may be set meanwhile. */
  readonly deadlineAt: number;
  readonly timeout: number;
  readonly retries: CallRetries;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Id of the client: clients do not share requests. */
  readonly client?: string | undefined;
  /** What it takes from the cache; undefined: nothing. */
  readonly cache?: CacheMode | undefined;
  /** Starts another call of the client's that is not waited for: it may outlive this one, not the client. */
  readonly runInBackground?: (work: (call: Call) => Promise<unknown>) => void;
  readonly onResponse?: (response: ResponseInfo, operation: Operation) => void;
  /** Bounds how many requests of the call run at once. */
  readonly limit?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A call that writes. All its requests carry the same key, time and id. */
export interface WriteCall extends Call {
  readonly idempotencyKey: string;
  /** Distinguishes this call from others under its key. */
  readonly callId: string;
  /** Whether the caller gave the key, so that it may have been used before. */
  readonly keyIsGiven: boolean;
  readonly confirm: boolean;
  /** ISO 8601 */
  readonly submittedAt: string;
  /** Whether it is one of many that began together: a ledger may put them into one transaction. */
  readonly isOneOfMany?: boolean;
  /** Of the write's whole input, once it is known. */
  readonly fingerprint?: string;
}

export const deadlineExceeded = () =>
  new DeadlineExceededError('The call took longer than its deadline: raise `deadline`, or call again.', {
    retryable: true,
  });

/** Throws the error of a call that is over. By the clock too: timers stand still while a process is busy. */
export function throwIfOver({ signal, deadlineAt }: Pick<Call, 'signal' | 'deadlineAt'>): void {
  signal.throwIfAborted();
  if (performance.now() >= deadlineAt) throw deadlineExceeded();
}

export const notCached = () =>
  new NotCachedError('There is no valid entry in the cache: read it without `only-if-cached`.');
