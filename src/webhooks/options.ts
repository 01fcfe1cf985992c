import * as z from 'zod/mini';
import type { Awaitable } from '../cache/store.js';
import type { CallOptions } from '../core/call.js';
import { aFunction, cannotStart, configure, milliseconds, withMethods } from '../core/validate.js';
import type { TransactionRecord } from '../ledger/ledger.js';
import type { Logger } from '../telemetry/logger.js';
import { authenticationSchema, type WebhookAuthentication } from './credentials.js';
import { documentedHints, type WebhookHint } from './payload.js';
import type { WebhookEvent } from './receiver.js';

/** Where the keys of events are kept that were handled: a `Map`, for as long as the process runs, or a table of yours. */
export interface WebhookStore {
  /** What was kept under the key; undefined or null if nothing was. */
  get(key: string): Awaitable<unknown>;
  /** Keeps a text for at least as long as deliveries may be repeated. Resolves when it is kept, and rejects if it is not. */
  set(key: string, value: string): Awaitable<unknown>;
}

/** The part of a client that confirms events: a `SpydraClient` has it. */
interface TransactionReader {
  readonly transactions: { wait(transactionId: string, options?: CallOptions): Promise<TransactionRecord> };
}

export interface WebhookOptions {
  /** Confirms each event; its cache is invalidated for what a transaction has changed. */
  readonly client: TransactionReader;
  /** The credentials that the listener was given in Spydra's console. */
  readonly authentication: WebhookAuthentication;
  /** Remembers the events that were handled, across restarts if it lasts. */
  readonly store: WebhookStore;
  /**
   * Keeps an event. The sender gets its response when it has resolved. What it rejects with is logged, and the sender gets
   * a 503. After a crash, or in several processes at once, an event may come again: keep it by `event.key`.
   */
  readonly onEvent: (event: WebhookEvent) => unknown;
  /** The names of events to handle; others are ignored. Default: all. */
  readonly events?: readonly string[] | undefined;
  /**
   * What a body hints at; an empty list, or an exception, refuses it. Default: the documented payload of app listeners. That of a
   * custom chaincode's listener is not documented, so it needs this function.
   */
  readonly parse?: ((body: unknown) => Awaitable<readonly WebhookHint[]>) | undefined;
  /** Bytes. Default 1,048,576. */
  readonly maxBody?: number | undefined;
  /** Milliseconds to wait for the ledger to confirm an event. Default 30,000. */
  readonly confirmTimeout?: number | undefined;
  /** Receives failures. Default: silent. */
  readonly logger?: Logger | undefined;
}

const schema = z.strictObject({
  client: z.custom<TransactionReader>(
    (client) => typeof Object(Object(client).transactions).wait === 'function',
    'must be a SpydraClient',
  ),
  authentication: authenticationSchema,
  store: withMethods<WebhookStore>('get', 'set'),
  onEvent: aFunction<WebhookOptions['onEvent']>(),
  events: z.optional(z.array(z.string()).check(z.minLength(1, 'must name an event'))),
  parse: z._default(aFunction<NonNullable<WebhookOptions['parse']>>(), () => documentedHints),
  maxBody: z._default(z.int('must be a whole number of bytes').check(z.gte(1, 'must be 1 or more')), 1_048_576),
  confirmTimeout: z._default(milliseconds, 30_000),
  logger: z.optional(withMethods<Logger>('debug', 'info', 'warn', 'error')),
});

/** @throws ConfigurationError naming every bad option at once */
export function resolveOptions(options: WebhookOptions): z.output<typeof schema> {
  return configure(schema, options, (problems) => cannotStart('The webhook receiver', problems));
}
