import { createFetch, type FetchResponse } from 'ofetch';
import { abortable, openScope } from '../core/abort.js';
import { type Call, ensureAlive } from '../core/call.js';
import { isError } from '../core/shapes.js';
import { ConnectionError, RateLimitError, SpydraError, TimeoutError } from '../errors.js';
import type { Settings } from '../options.js';
import { type RequestEvent, requestEvents } from '../telemetry/events.js';
import { connectionAdvice, reasonOf } from './connection-advice.js';
import { Credentials } from './credentials.js';
import { Pause } from './pause.js';
import { type ApiRequest, failureDetails, fetchOptions, type Prepared, prepare, type Redact } from './request.js';
import { readResponse } from './response.js';
import { withRetries } from './retries.js';
import { wasNeverSent } from './retry-policy.js';
import { Sending } from './sending.js';
import { uncached } from './uncached.js';

/** Milliseconds after which a response is logged as a warning. */
const SLOW = 5_000;

/** Sends requests: authenticates, retries where that is safe, respects the server's Retry-After. */
export class Transport {
  readonly #settings: Settings;
  readonly #credentials: Credentials;
  readonly #pause = new Pause();
  readonly #fetch: ReturnType<typeof createFetch>;
  readonly #redact: Redact = (value) => this.#credentials.redact(value);

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#credentials = new Credentials(settings);
    this.#fetch = createFetch({ fetch: uncached(settings.fetch) });
  }

  /**
   * Sends one request within its call and returns the validated body of the response.
   *
   * @throws SpydraError whose `outcome` is `'unknown'` where a write may have been applied.
   */
  async send<T>(apiRequest: ApiRequest<T>, call: Call): Promise<T> {
    const request = prepare(apiRequest, this.#settings.baseUrl, call, this.#redact);
    return call.limit ? call.limit(() => this.#send(request, call)) : this.#send(request, call);
  }

  async #send<T>(request: Prepared<T>, call: Call): Promise<T> {
    try {
      const attempt = (n: number) => this.#authenticated(request, call, n);
      return await withRetries(attempt, request, call, this.#settings.logger);
    } catch (error) {
      if (error instanceof SpydraError && !call.signal.aborted) {
        const { code, serverCode, status, outcome, requestId: serverRequestId } = error;
        const { kind, requestId } = request;
        const fields = { request: kind, code, serverCode, status, outcome, requestId, serverRequestId };
        this.#settings.logger[levelOf(error)](fields, 'spydra: failed');
      }
      throw error;
    }
  }

  /** Ends work that no call waits for. */
  close(): Promise<void> {
    return this.#credentials.close();
  }

  /** One attempt, and a second one with a fresh key where the server refused the first key. */
  async #authenticated<T>(request: Prepared<T>, call: Call, attempt: number): Promise<T> {
    const key = await abortable(this.#credentials.key(), call.signal);
    try {
      return await this.#attempt(request, call, attempt, key);
    } catch (error) {
      if (!(error instanceof SpydraError) || error.status !== 401) throw error;
      const fresh = await abortable(this.#credentials.renew(key), call.signal);
      if (fresh === undefined) throw error;
      return this.#attempt(request, call, attempt, fresh);
    }
  }

  async #attempt<T>(request: Prepared<T>, call: Call, attempt: number, key: string): Promise<T> {
    await this.#keepPause(request, call);
    ensureAlive(call);
    const { logger } = this.#settings;
    const { kind, requestId, operation } = request;
    const started = performance.now();
    const elapsed = () => performance.now() - started;
    let status: number | undefined;
    const scope = openScope(call.signal, (reason) => reason, {
      ms: call.timeout,
      reason: () => new TimeoutError(`${request.name} took longer than the timeout of ${call.timeout} ms.`),
    });
    logger.debug({ request: kind, attempt, requestId }, 'spydra: request');
    const sending = Sending.observe(request);
    const exchange = this.#exchange(request, call, key, scope.signal);
    try {
      const response = await abortable(exchange, scope.signal);
      if (!response.ok && sending?.isRepeated) throw new Error('It was sent more than once, and refused at last.');
      status = response.status;
      const ms = Math.round(elapsed());
      logger.debug({ request: kind, status, ms, requestId }, 'spydra: answer');
      if (ms > SLOW) logger.warn({ request: kind, ms, requestId }, 'spydra: slow answer');
      const read = readResponse(request, response, response._data ?? '', this.#redact);
      publish(request, { attempt, status, code: undefined, ms: elapsed() });
      call.onResponse?.({ requestId: this.#requestIdOf(response) ?? requestId, status, request: kind }, operation);
      return read;
    } catch (error) {
      if (error instanceof RateLimitError && error.retryAfter) this.#pause.extend(error.retryAfter);
      const isUnsent = await this.#wasUnsent(error, exchange, scope.signal, sending);
      const explained = this.#explain(error, request, scope.signal, isUnsent);
      publish(request, { attempt, status, code: explained.code, ms: elapsed() });
      throw explained;
    } finally {
      scope.release();
      sending?.release();
    }
  }

  /** The request and the whole response, its body included, of any status. */
  #exchange(request: Prepared<unknown>, call: Call, key: string, signal: AbortSignal): Promise<FetchResponse<string>> {
    const options = fetchOptions(request, call, key, signal);
    return this.#fetch.raw(request.url, { ...options, responseType: 'text', retry: 0, ignoreResponseError: true });
  }

  /** The request's id on the server. */
  #requestIdOf(response: Response): string | undefined {
    return (this.#credentials.redact(response.headers.get('X-Request-Id')) as string | null) || undefined;
  }

  /** Waits for the end of a pause; refuses at once if it ends after the call. */
  async #keepPause(request: Prepared<unknown>, call: Call): Promise<void> {
    const wait = this.#pause.left;
    if (wait > 0 && performance.now() + wait >= call.deadlineAt) {
      throw new RateLimitError(
        `${request.name} was not sent: the server asked for a pause of ${wait} ms more, beyond the deadline. Try again after it.`,
        { ...failureDetails({ kind: 'never-sent' }, request), retryAfter: wait },
      );
    }
    await this.#pause.wait(call.signal);
  }

  /** Whether a failed attempt is proven to have sent nothing. */
  async #wasUnsent(
    error: unknown,
    exchange: Promise<unknown>,
    signal: AbortSignal,
    sending?: Sending,
  ): Promise<boolean> {
    const isEnded = signal.aborted && error === signal.reason;
    if (isEnded) return (await sending?.endedUnsent(exchange)) ?? false;
    if (error instanceof SpydraError) return false;
    try {
      return sending ? sending.failedUnsent(error) : wasNeverSent(error);
    } catch {
      // An error that cannot be read proves nothing.
      return false;
    }
  }

  /** What an attempt threw, as a SpydraError with the outcome of a write. */
  #explain(error: unknown, request: Prepared<unknown>, signal: AbortSignal, isUnsent: boolean): SpydraError {
    const ended: unknown = signal.aborted ? signal.reason : undefined;
    if (error instanceof SpydraError && error !== ended) return error;
    const details = failureDetails({ kind: isUnsent ? 'never-sent' : 'broken' }, request);
    if (ended instanceof TimeoutError) {
      return new TimeoutError(`${ended.message} Raise \`timeout\`, or try again later.`, details);
    }
    if (ended instanceof SpydraError) {
      if (request.operation === 'read' || isUnsent) return ended;
      return new ConnectionError(`${request.name} was ended while it was on its way.`, { ...details, cause: ended });
    }
    // ofetch's own error holds the request, its headers and so the key: only what fetch itself threw is kept.
    const thrown = isError(error) ? (error.cause ?? error) : error;
    const cause = this.#credentials.redactError(thrown);
    const what = isUnsent ? 'was not sent' : 'got no answer';
    return new ConnectionError(`${request.name} ${what} ${this.#inWords(thrown, request.url)}`, { ...details, cause });
  }

  /** Why a request was not answered, and what to do about it. Never throws. */
  #inWords(thrown: unknown, url: string): string {
    try {
      return `(${this.#redact(reasonOf(thrown))}). ${this.#redact(connectionAdvice(thrown, url))}`;
    } catch {
      return `(${reasonOf(undefined)}). ${this.#redact(connectionAdvice(undefined, url))}`;
    }
  }
}

/** A 4xx for the caller to correct, such as an unknown id, is not logged as a failure. */
function levelOf(error: SpydraError): 'error' | 'warn' | 'debug' {
  if (error instanceof RateLimitError) return 'warn';
  const { status = 0, retryable, outcome } = error;
  const isRefusal = status >= 400 && status < 500 && !retryable && outcome === 'not-applied';
  return isRefusal && status !== 401 && status !== 403 ? 'debug' : 'error';
}

/** Publishes the end of an attempt. */
function publish(
  { kind, method, requestId }: Prepared<unknown>,
  ended: Pick<RequestEvent, 'attempt' | 'status' | 'code' | 'ms'>,
): void {
  if (requestEvents.hasSubscribers) requestEvents.publish({ request: kind, method, requestId, ...ended });
}
