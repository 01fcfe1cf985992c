import type { CallOptions } from '../core/call.js';
import { SpydraError } from '../errors.js';
import type { TransactionRecord } from '../ledger/ledger.js';
import { type Logger, loggerOf } from '../telemetry/logger.js';
import { RefusedBody, readJson } from './body.js';
import { credentialsCheck } from './credentials.js';
import { resolveOptions, type WebhookOptions } from './options.js';
import { checkedHints, type WebhookHint } from './payload.js';

/** An event that the ledger confirms. */
export interface WebhookEvent {
  /** Names it: the id of the transaction and the name. Deliveries that repeat it have the same key. */
  readonly key: string;
  /** As the listener names it. The ledger does not confirm it: decide by the record. */
  readonly eventName: string;
  /** The committed transaction, read from the ledger. */
  readonly record: TransactionRecord;
}

/** What was received since the start. */
export interface WebhookCounts {
  /** Events that the handler has kept. */
  readonly handled: number;
  /** Events that were kept before. */
  readonly repeated: number;
  /** Events whose names are not listed in `events`. */
  readonly ignored: number;
  /** Hints that the ledger does not confirm: it has no such transaction, or one that failed. */
  readonly unconfirmed: number;
  /** Events that could not be checked or kept: the ledger, the store or the handler failed. */
  readonly failed: number;
  /** Requests without the right credentials. */
  readonly unauthorized: number;
  /** Requests of another method, or with a body that is too large, damaged or without a hint. */
  readonly malformed: number;
}

type Outcome = 'handled' | 'repeated' | 'ignored' | 'unconfirmed' | 'failed';

/** The status of a response, the first of these that an event of the request has. */
const STATUSES: readonly (readonly [Outcome, number, string])[] = [
  ['failed', 503, 'The event could not be checked or kept: deliver it again.'],
  ['unconfirmed', 404, 'The ledger does not confirm this event.'],
];

/**
 * Receives the requests of Spydra's listeners. They are hints: each event that reaches the handler was read from the
 * ledger.
 *
 * @throws ConfigurationError naming all options that cannot be right
 * @example
 * ```ts
 * const receiver = new WebhookReceiver({
 *   client: spydra,
 *   authentication: { header: 'X-Listener-Token', value: 'a-long-random-secret' },
 *   store: new Map(),
 *   onEvent: ({ key, record }) => console.log(key, record.type, record.amount),
 * });
 * const response = await receiver.handle(new Request('https://example.com/hooks', { method: 'POST' })); // 401
 * ```
 */
export class WebhookReceiver {
  readonly #options: ReturnType<typeof resolveOptions>;
  readonly #isAuthentic: (headers: Headers) => boolean;
  readonly #logger: Logger | undefined;
  readonly #running = new Map<string, Promise<Outcome>>();
  readonly #counts = {
    handled: 0,
    repeated: 0,
    ignored: 0,
    unconfirmed: 0,
    failed: 0,
    unauthorized: 0,
    malformed: 0,
  };

  constructor(options: WebhookOptions) {
    this.#options = resolveOptions(options);
    this.#isAuthentic = credentialsCheck(this.#options.authentication);
    const { logger } = this.#options;
    this.#logger = logger && loggerOf(logger);
  }

  get counts(): WebhookCounts {
    return { ...this.#counts };
  }

  /**
   * Responds to a request: 204 once the handler has kept its events, or has kept them before; 401 without the right
   * credentials; 404 for what the ledger does not confirm; 503 if something failed, so that it should be sent again;
   * 400, 405, 413 and 415 for what is no delivery. Never rejects. It may be passed on by itself.
   */
  readonly handle = async (request: Request): Promise<Response> => {
    if (!this.#isAuthentic(request.headers)) {
      this.#counts.unauthorized++;
      const challenge = 'username' in this.#options.authentication ? { 'WWW-Authenticate': 'Basic' } : {};
      return respond(401, 'The credentials are not those of the listener.', challenge);
    }
    try {
      const hints = await this.#hintsOf(request);
      const outcomes = await Promise.all(hints.map((hint) => this.#take(hint)));
      for (const outcome of outcomes) this.#counts[outcome]++;
      const [, status, message] = STATUSES.find(([outcome]) => outcomes.includes(outcome)) ?? [];
      return status === undefined ? new Response(null, { status: 204 }) : respond(status, message);
    } catch (error) {
      this.#counts.malformed++;
      return error instanceof RefusedBody
        ? respond(error.status, error.message)
        : respond(400, 'The body names no event.');
    }
  };

  /** @throws RefusedBody; what the given `parse` throws */
  async #hintsOf(request: Request): Promise<readonly WebhookHint[]> {
    if (request.method !== 'POST') throw new RefusedBody(405, 'Send a POST request.');
    const body = await readJson(request, this.#options.maxBody);
    const hints = checkedHints(await this.#options.parse(body));
    if (!hints) throw new RefusedBody(400, 'The body names no event.');
    return hints;
  }

  /** Concurrent deliveries of one event share its outcome; all but the first one are repetitions. */
  async #take(hint: WebhookHint): Promise<Outcome> {
    const { events } = this.#options;
    if (events && !events.includes(hint.eventName)) return 'ignored';
    const key = `${hint.transactionId} ${hint.eventName}`;
    const running = this.#running.get(key);
    if (running) return running.then((outcome) => (outcome === 'handled' ? 'repeated' : outcome));
    const outcome = this.#process(key, hint)
      .catch((error: unknown) => this.#failure(error, hint))
      .finally(() => this.#running.delete(key));
    this.#running.set(key, outcome);
    return outcome;
  }

  async #process(key: string, { transactionId, eventName }: WebhookHint): Promise<Outcome> {
    const { store, client, onEvent, confirmTimeout } = this.#options;
    if ((await store.get(key)) != null) return 'repeated';
    const options: CallOptions = { deadline: confirmTimeout };
    const record = await client.transactions.wait(transactionId, options).catch((error: unknown) => {
      if (isDenial(error)) return undefined;
      throw error;
    });
    // What another transaction states about itself proves nothing about this one.
    if (record?.transactionId !== transactionId) return 'unconfirmed';
    // On a contract ledger: committed by the channel, where the peer that was read does not have its record yet.
    if (record.type === 'unknown') throw new Error('What the transaction did cannot be read yet.');
    await onEvent({ key, eventName, record });
    await store.set(key, new Date().toISOString());
    return 'handled';
  }

  /** No line has an id in it, as those of the client. */
  #failure(error: unknown, { eventName }: WebhookHint): Outcome {
    const reason = error instanceof SpydraError ? error.code : String(error);
    this.#logger?.error({ reason, eventName }, 'spydra: a webhook event was not kept');
    return 'failed';
  }
}

/** Whether the ledger has no such transaction, or one that has failed. */
function isDenial(error: unknown): boolean {
  return error instanceof SpydraError && (error.code === 'NOT_FOUND' || error.code === 'TRANSACTION_FAILED');
}

function respond(status: number, message = '', headers: Record<string, string> = {}): Response {
  return Response.json({ message }, { status, headers: { 'Cache-Control': 'no-store', ...headers } });
}
