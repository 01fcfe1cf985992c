import { createFetch } from 'ofetch';
import { type AbortSignalLike, abortable, Scope, sleep } from '../core/abort.js';
import { type Call, type ResponseInfo, throwIfOver } from '../core/call.js';
import { isError } from '../core/shapes.js';
import { ConnectionError, RateLimitError, SpydraError, TimeoutError } from '../errors.js';
import type { Settings } from '../options.js';
import { requestEvents } from '../telemetry/events.js';
import type { Logger } from '../telemetry/logger.js';
import { connectionError } from './connection-error.js';
import { Credentials } from './credentials.js';
import { type ApiRequest, type BaseUrl, fetchOptions, Prepared } from './request.js';
import { readResponse, serverRequestId } from './response.js';
import { failureDetails, retry, succeeded } from './retries.js';
import { isBeingSent, Sending, wasUnsent } from './sending.js';

type Fetch = typeof globalThis.fetch;

/** Milliseconds after which a response is logged as a warning. */
const SLOW = 5_000;
/** Milliseconds; then a request finds out whether the server still wants a pause. */
const MAX_PAUSE = 60_000;

/** Where requests go, and as whom. */
export type TransportSettings = Pick<Settings, 'apiKey' | 'baseUrl' | 'fetch' | 'logger' | 'timeout'>;

/** Sends requests: authenticates, retries where that is safe, respects the server's Retry-After. */
export class Transport {
  readonly #settings: TransportSettings;
  readonly #base: BaseUrl;
  readonly #credentials: Credentials;
  readonly #fetch: ReturnType<typeof createFetch>;
  readonly #fetchBodiless: ReturnType<typeof createFetch>;
  /** Until when the server wants no requests of the client, as `performance.now()` counts. */
  #pausedUntil = 0;

  /** @param variable - the environment variable that names the base URL */
  constructor(settings: TransportSettings, variable = 'SPYDRA_BASE_URL') {
    this.#settings = settings;
    this.#base = { baseUrl: settings.baseUrl, variable };
    this.#credentials = new Credentials(settings);
    const fetch = withoutRefused(settings.fetch);
    this.#fetch = createFetch({ fetch });
    this.#fetchBodiless = createFetch({ fetch, Headers: AsGiven as unknown as typeof Headers });
  }

  /**
   * Sends one request within its call and returns the validated body of the response.
   *
   * @throws SpydraError whose `outcome` is `'unknown'` where a write may have been applied.
   */
  async send<T>(apiRequest: ApiRequest<T>, call: Call): Promise<T> {
    const request = new Prepared(apiRequest, this.#base, call, this.#credentials.redactor);
    try {
      return await (call.limit ? call.limit(() => this.#withRetries(request, call)) : this.#withRetries(request, call));
    } catch (error) {
      if (!call.signal.aborted) this.#log(error, request);
      throw error;
    }
  }

  /** Ends work that no call waits for. */
  close(): Promise<void> {
    return this.#credentials.close();
  }

  /** Attempts until one succeeds, or none may follow. */
  async #withRetries<T>(request: Prepared<T>, call: Call): Promise<T> {
    const since = performance.now();
    try {
      return await this.#authenticated(request, call, 1);
    } catch (error) {
      const failed = { request, call, since, logger: this.#settings.logger };
      return retry(error, (n) => this.#authenticated(request, call, n), failed);
    }
  }

  /** One attempt, and a second one with a fresh key where the server refused the first key. */
  async #authenticated<T>(request: Prepared<T>, call: Call, n: number): Promise<T> {
    const key = this.#credentials.held ?? (await abortable(this.#credentials.key(), call.signal));
    try {
      return await this.#attempt(request, call, n, key);
    } catch (error) {
      if (!(error instanceof SpydraError) || error.status !== 401) throw error;
      const fresh = await abortable(this.#credentials.renew(key), call.signal);
      if (fresh === undefined) throw error;
      return this.#attempt(request, call, n, fresh);
    }
  }

  async #attempt<T>(request: Prepared<T>, call: Call, n: number, key: string): Promise<T> {
    if (this.#pausedUntil > performance.now()) await this.#waitForPause(request, call);
    const { requestId, operation } = request;
    if (operation === 'write') throwIfOver(call);
    else call.signal.throwIfAborted();
    const { logger } = this.#settings;
    const started = performance.now();
    logger?.debug({ request: request.kind, attempt: n, requestId }, 'spydra: request');
    const scope = new Scope(call.signal, same, {
      ms: call.timeout,
      reason: () => new TimeoutError(`${request.name} took longer than the timeout of ${call.timeout} ms.`),
    });
    const sending = operation === 'write' ? Sending.observe(request) : undefined;
    const { raw } = request.json === undefined ? this.#fetchBodiless : this.#fetch;
    const exchange = raw<string, 'text'>(request.url, fetchOptions(request, call, key, scope.signal));
    let status: number | undefined;
    try {
      const response = await abortable(exchange, scope);
      if (!response.ok && sending?.isRepeated) throw new Error('It was sent more than once, and refused at last.');
      status = response.status;
      if (logger) logResponse(logger, request, status, performance.now() - started);
      const read = readResponse(request, response, response._data ?? '');
      if (requestEvents.hasSubscribers) publish(request, n, started, status);
      call.onResponse?.(infoOf(request, response), operation);
      call.retries.succeeded?.(succeeded(request, n));
      return read;
    } catch (error) {
      if (error instanceof RateLimitError && error.retryAfter) this.#pauseFor(error.retryAfter);
      const isUnsent = await wasUnsent(error, exchange, scope, sending);
      const explained = this.#explain(error, request, scope, isUnsent);
      if (requestEvents.hasSubscribers) publish(request, n, started, status, explained.code);
      throw explained;
    } finally {
      scope.release();
      sending?.release();
    }
  }

  /** Extends the pause of all requests of the client to `ms` from now, at most to a minute. */
  #pauseFor(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + Math.min(ms, MAX_PAUSE));
  }

  /** Waits for the end of the pause, which may be extended meanwhile; refuses at once if it ends after the call. */
  async #waitForPause(request: Prepared<unknown>, call: Call): Promise<void> {
    const left = () => this.#pausedUntil - performance.now();
    const retryAfter = Math.max(0, left());
    if (this.#pausedUntil >= call.deadlineAt) {
      throw new RateLimitError(
        `${request.name} was not sent: the server asked for a pause of ${retryAfter} ms more, beyond the deadline. Try again after it.`,
        { ...failureDetails('never-sent', request), retryAfter },
      );
    }
    while (left() > 0) await sleep(left(), call.signal);
  }

  #log(error: unknown, request: Prepared<unknown>): void {
    if (!(error instanceof SpydraError)) return;
    const { code, serverCode, status, outcome, requestId: serverRequestId } = error;
    const { kind, requestId } = request;
    const fields = { request: kind, code, serverCode, status, outcome, requestId, serverRequestId };
    this.#settings.logger?.[levelOf(error)](fields, 'spydra: failed');
  }

  /** What an attempt threw, as a SpydraError with the outcome of a write. */
  #explain(error: unknown, request: Prepared<unknown>, signal: AbortSignalLike, isUnsent: boolean): SpydraError {
    const ended: unknown = signal.aborted ? signal.reason : undefined;
    if (error instanceof SpydraError && error !== ended) return error;
    const details = failureDetails(isUnsent ? 'never-sent' : 'broken', request);
    if (ended instanceof TimeoutError) {
      return new TimeoutError(`${ended.message} Raise \`timeout\`, or try again later.`, details);
    }
    if (ended instanceof SpydraError) {
      if (request.operation === 'read' || isUnsent) return ended;
      return new ConnectionError(`${request.name} was ended while it was on its way.`, { ...details, cause: ended });
    }
    // ofetch's own error holds the request, its headers and so the key: only what fetch itself threw is kept.
    const thrown = isError(error) ? (error.cause ?? error) : error;
    const cause = this.#credentials.redactor.redactError(thrown);
    return connectionError(request, isUnsent, { ...details, cause });
  }
}

/** Lets ofetch pass headers on as they are: it reads them for a body only, and fetch takes an object in less time. */
function AsGiven(headers: unknown) {
  return headers;
}

/** A scope within a call ends for the reason of the call. */
const same = (reason: unknown) => reason;

function logResponse(logger: Logger, { kind, requestId }: Prepared<unknown>, status: number, time: number): void {
  const ms = Math.round(time);
  logger.debug({ request: kind, status, ms, requestId }, 'spydra: response');
  if (ms > SLOW) logger.warn({ request: kind, ms, requestId }, 'spydra: slow response');
}

function publish(
  { kind, method, requestId }: Prepared<unknown>,
  attempt: number,
  started: number,
  status: number | undefined,
  code?: SpydraError['code'],
): void {
  requestEvents.publish({ request: kind, method, requestId, attempt, status, code, ms: performance.now() - started });
}

function infoOf(request: Prepared<unknown>, response: Response): ResponseInfo {
  const requestId = serverRequestId(request, response) ?? request.requestId;
  return { requestId, status: response.status, request: request.kind };
}

/** A 4xx for the caller to correct, such as an unknown id, is not logged as a failure. */
function levelOf(error: SpydraError): 'error' | 'warn' | 'debug' {
  if (error instanceof RateLimitError) return 'warn';
  const { status = 0, retryable, outcome } = error;
  const isRefusal = status >= 400 && status < 500 && !retryable && outcome === 'not-applied';
  return isRefusal && status !== 401 && status !== 403 ? 'debug' : 'error';
}

/** How runtimes refuse the option: `The 'cache' field on 'RequestInitializerDict' is not implemented` (workerd). */
const REFUSALS = [
  /\bcache\b['"`]? (?:field|option|property|member)\b.*(?:not implemented|not supported|unsupported)/i,
  /\b(?:unsupported|unimplemented) cache (?:mode|option)\b/i,
];

/**
 * A fetch without the option `cache` where that is refused, as some edge runtimes do before they send anything. Once
 * the option was accepted, no error counts as its refusal.
 */
function withoutRefused(fetch: Fetch): Fetch {
  let isTaken: boolean | undefined;
  const attempt: Fetch = async (input, init) => {
    const { cache: _, ...without }: RequestInit & { cache?: unknown } = init ?? {};
    if (isTaken === false) return fetch(input, without);
    try {
      const response = await fetch(input, init);
      isTaken = true;
      return response;
    } catch (error) {
      const headers = new Headers(init?.headers);
      const isSent = isBeingSent(headers.get('Idempotency-Key'), headers.get('X-Request-Id'));
      if (isTaken || !isRefusal(error) || isSent) throw error;
      isTaken = false;
      return fetch(input, without);
    }
  };
  return (input, init) => (isTaken ? fetch(input, init) : attempt(input, init));
}

function isRefusal(error: unknown): boolean {
  // An error with a cause, a code or a system call is one of the network.
  if (!isError(error) || error.cause !== undefined || 'code' in error) return false;
  return REFUSALS.some((refusal) => refusal.test(error.message));
}
