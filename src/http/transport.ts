import { createFetch, type FetchResponse } from 'ofetch';
import pRetry from 'p-retry';
import { abortable, openScope, sleep } from '../abort.js';
import { type Call, ensureAlive } from '../call.js';
import { ConnectionError, RateLimitError, SpydraError, TimeoutError } from '../errors.js';
import type { Settings } from '../options.js';
import { type RequestEvent, requestEvents, retryEvents } from '../telemetry/events.js';
import { readAnswer } from './answer.js';
import { Credentials } from './credentials.js';
import { Pause } from './pause.js';
import { type ApiRequest, failureDetails, fetchOptions, type Prepared, prepare } from './request.js';
import { backoff, wasNeverSent } from './retry-policy.js';

/** Milliseconds after which an answer is worth a warning. */
const SLOW = 5_000;

/** Sends requests: authenticates, retries where that is safe, keeps the pauses that the server asks for. */
export class Transport {
  readonly #settings: Settings;
  readonly #credentials: Credentials;
  readonly #pause = new Pause();
  readonly #fetch: ReturnType<typeof createFetch>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#credentials = new Credentials(settings);
    this.#fetch = createFetch({ fetch: settings.fetch });
  }

  /**
   * Sends one request within its call and answers its validated body.
   *
   * @throws SpydraError whose `outcome` is `'unknown'` where a write may have been applied.
   */
  async send<T>(apiRequest: ApiRequest<T>, call: Call): Promise<T> {
    const request = prepare(apiRequest, this.#settings.baseUrl, call);
    return call.limit ? call.limit(() => this.#send(request, call)) : this.#send(request, call);
  }

  async #send<T>(request: Prepared<T>, call: Call): Promise<T> {
    try {
      return await pRetry((attempt) => this.#authenticated(request, call, attempt), {
        retries: this.#settings.retries,
        minTimeout: 0,
        shouldRetry: ({ error, attemptNumber }) => this.#mayRetry(error, attemptNumber, request, call),
      });
    } catch (error) {
      if (error instanceof SpydraError && !call.signal.aborted) {
        const { code, status, outcome, requestId: serverRequestId } = error;
        const { name, requestId } = request;
        const fields = { request: name, code, status, outcome, requestId, serverRequestId };
        this.#settings.logger.error(fields, 'spydra: failed');
      }
      throw error;
    }
  }

  /** Ends what no call waits for any more. */
  close(): Promise<void> {
    return this.#credentials.close();
  }

  /** Decides on another attempt, and waits for its turn. */
  async #mayRetry(error: Error, attempt: number, request: Prepared<unknown>, call: Call): Promise<boolean> {
    if (!(error instanceof SpydraError) || !error.retryable || call.signal.aborted) return false;
    const told = error instanceof RateLimitError ? error.retryAfter : undefined;
    const wait = told ?? backoff(attempt);
    if (Date.now() + wait >= call.deadlineAt) return false;
    const { name, kind, requestId } = request;
    const { code } = error;
    this.#settings.logger.warn({ request: name, attempt, wait, code, requestId }, 'spydra: trying again');
    if (retryEvents.hasSubscribers) retryEvents.publish({ request: kind, attempt, wait, code, requestId });
    await sleep(wait, call.signal);
    return true;
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
    const { name, requestId } = request;
    const started = performance.now();
    const elapsed = () => performance.now() - started;
    let status: number | undefined;
    const scope = openScope(call.signal, (reason) => reason, {
      ms: call.timeout,
      reason: () => new TimeoutError(`${name} took longer than the timeout of ${call.timeout} ms.`),
    });
    logger.debug({ request: name, url: request.url, attempt, requestId }, 'spydra: request');
    try {
      const response = await abortable(this.#exchange(request, call, key, scope.signal), scope.signal);
      status = response.status;
      const ms = Math.round(elapsed());
      logger.debug({ request: name, status, ms, requestId }, 'spydra: answer');
      if (ms > SLOW) logger.warn({ request: name, ms, requestId }, 'spydra: slow answer');
      const read = readAnswer(request, response, response._data ?? '', (value) => this.#credentials.redact(value));
      tell(request, { attempt, status, code: undefined, ms: elapsed() });
      return read;
    } catch (error) {
      if (error instanceof RateLimitError && error.retryAfter) this.#pause.extend(error.retryAfter);
      const explained = this.#explain(error, request, scope.signal);
      tell(request, { attempt, status, code: explained.code, ms: elapsed() });
      throw explained;
    } finally {
      scope.release();
    }
  }

  /** The request and the whole answer, its body included. Answers of any status come back. */
  #exchange(request: Prepared<unknown>, call: Call, key: string, signal: AbortSignal): Promise<FetchResponse<string>> {
    const options = fetchOptions(request, call, key, signal);
    return this.#fetch.raw(request.url, { ...options, responseType: 'text', retry: 0, ignoreResponseError: true });
  }

  /** Waits for the end of a pause; refuses at once if it ends after the call. */
  async #keepPause(request: Prepared<unknown>, call: Call): Promise<void> {
    const wait = this.#pause.left;
    if (wait > 0 && Date.now() + wait >= call.deadlineAt) {
      throw new RateLimitError(
        `${request.name} was not sent: the server asked for a pause of ${wait} ms more, beyond the deadline. Try again after it.`,
        { ...failureDetails({ kind: 'never-sent' }, request), retryAfter: wait },
      );
    }
    await this.#pause.wait(call.signal);
  }

  /** What an attempt threw, as an error of ours that says what is known of a write. */
  #explain(error: unknown, request: Prepared<unknown>, signal: AbortSignal): SpydraError {
    const ended: unknown = signal.aborted ? signal.reason : undefined;
    if (error instanceof SpydraError && error !== ended) return error;
    const details = failureDetails({ kind: wasNeverSent(error) ? 'never-sent' : 'broken' }, request);
    if (ended instanceof TimeoutError) {
      return new TimeoutError(`${ended.message} Raise \`timeout\`, or try again later.`, details);
    }
    if (ended instanceof SpydraError) {
      if (request.operation === 'read') return ended;
      return new ConnectionError(`${request.name} was ended while it was on its way.`, { ...details, cause: ended });
    }
    // ofetch's own error holds the request, its headers and so the key: only what fetch itself threw is kept.
    const cause = this.#credentials.redactError(error instanceof Error ? (error.cause ?? error) : error);
    const reason = (cause.cause instanceof Error ? cause.cause : cause).message;
    return new ConnectionError(`${request.name} got no answer (${reason}). Check the base URL and the network.`, {
      ...details,
      cause,
    });
  }
}

/** Tells how an attempt ended. */
function tell(
  { kind, method, requestId }: Prepared<unknown>,
  ended: Pick<RequestEvent, 'attempt' | 'status' | 'code' | 'ms'>,
): void {
  if (requestEvents.hasSubscribers) requestEvents.publish({ request: kind, method, requestId, ...ended });
}
