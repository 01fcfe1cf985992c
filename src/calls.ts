import * as z from 'zod/mini';
import { Scope } from './core/abort.js';
import {
  type CacheMode,
  type Call,
  type CallOptions,
  deadlineExceeded,
  notCached,
  type Operation,
  type ReadOptions,
  type ResponseInfo,
  type WriteCall,
  type WriteOptions,
} from './core/call.js';
import { ignoreFailure } from './core/ignore-failure.js';
import { ofOtherRequest, signalOfRequest } from './core/runtime.js';
import type { IfSame } from './core/same-fields.js';
import { bool, matches, oneOf } from './core/schemas.js';
import { aFunction, milliseconds, validate } from './core/validate.js';
import { AbortedError, ClientClosedError, InvalidInputError } from './errors.js';
import { headersSchema } from './http/headers.js';
import { Retries } from './http/retries.js';
import { retriesOption } from './http/retry-presets.js';
import { deadlineSchema, type Settings, tooLong } from './options.js';

// By shape: a signal may come from another realm.
const isSignal = (value: unknown) =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
/** What {@link CallOptions} may hold. */
export const callSchema = z.strictObject({
  signal: z.optional(z.custom<AbortSignal>(isSignal, 'must be an AbortSignal')),
  timeout: z.optional(milliseconds),
  deadline: z.optional(deadlineSchema),
  retries: z.optional(retriesOption),
  headers: z.optional(headersSchema),
  onResponse: z.optional(aFunction<NonNullable<CallOptions['onResponse']>>()),
});
type Checked = z.output<typeof callSchema>;
const readSchema = z.strictObject({
  ...callSchema.shape,
  cache: z.optional(
    oneOf(
      ['default', 'reload', 'no-store', 'only-if-cached'],
      "must be 'default', 'reload', 'no-store' or 'only-if-cached'",
    ),
  ),
});
const writeSchema = z.strictObject({
  ...callSchema.shape,
  idempotencyKey: z.optional(
    z.string().check(matches(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')),
  ),
  confirm: z.optional(bool()),
});

/** Runs the client's calls: gives each its deadline and signal, and ends all of them when the client closes. */
export class Calls {
  readonly #settings: Settings;
  readonly #id = crypto.randomUUID();
  readonly #signalOfRequest = signalOfRequest();
  readonly #open = new Set<Scope>();
  /** To be called when the last call has ended. */
  #onIdle: (() => void)[] = [];
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Runs a call that reads, from the cache too. */
  read<T>(given: ReadOptions | undefined, work: (call: Call) => Promise<T>): Promise<T> {
    const options = checked(readSchema, given);
    const { cache = 'default' } = options;
    const hasNone = cache === 'only-if-cached' && this.#settings.cache === undefined;
    return this.#run(options, cache, hasNone ? () => Promise.reject(notCached()) : work);
  }

  /** Runs a call that reads the ledger, never the cache. */
  readUncached<T>(given: CallOptions | undefined, work: (call: Call) => Promise<T>): Promise<T> {
    return this.#run(checked(callSchema, given), undefined, work);
  }

  /** Runs a call that writes. */
  write<T>(
    given: WriteOptions | undefined,
    work: (call: WriteCall) => Promise<T>,
    { isOneOfMany = false }: Pick<WriteCall, 'isOneOfMany'> = {},
  ): Promise<T> {
    const options = checked(writeSchema, given);
    const { idempotencyKey, confirm = true } = options;
    const ofWrite = {
      idempotencyKey: idempotencyKey ?? crypto.randomUUID(),
      callId: crypto.randomUUID(),
      keyIsGiven: idempotencyKey !== undefined,
      confirm,
      submittedAt: new Date().toISOString(),
      isOneOfMany,
    };
    return this.#run(options, undefined, (call) => work({ ...call, ...ofWrite }), 'write');
  }

  /** @throws ConfigurationError on Cloudflare Workers in another request than the client was made in */
  ensureSameRequest(): void {
    try {
      void this.#signalOfRequest.aborted;
    } catch (cause) {
      throw ofOtherRequest(cause);
    }
  }

  /** Refuses new calls, ends those on their way and waits until they have. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const scope of this.#open) scope.abort(closed());
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  async #run<T>(
    options: Checked,
    cache: CacheMode | undefined,
    work: (call: Call) => Promise<T>,
    operation: Operation = 'read',
  ): Promise<T> {
    if (this.#closed) throw closed();
    this.ensureSameRequest();
    const { timeout, headers, retries, onResponse, deadline = this.#settings.deadline } = options;
    const { longestTimeout } = this.#settings;
    if (timeout !== undefined && timeout > longestTimeout) {
      throw new InvalidInputError([{ field: 'options.timeout', message: tooLong(longestTimeout) }]);
    }
    const scope = new Scope(options.signal, aborted, { ms: deadline, reason: deadlineExceeded });
    // Not of a write's own reads, nor of requests that outlive their call.
    const heard = (response: ResponseInfo, of: Operation) => {
      if (of === operation && this.#open.has(scope)) ignoreFailure(() => onResponse?.(response));
    };
    const silent: Call = {
      // A scope is enough for the SDK itself. A signal costs more, and a ledger of the user's may need one.
      signal: this.#settings.ledger ? scope.signal : (scope as Scope & AbortSignal),
      deadlineAt: scope.endsAt,
      timeout: timeout ?? this.#settings.timeout,
      // A number changes the limit alone of the client's policy.
      retries: retries === undefined ? this.#settings.retries : Retries.of(retries, this.#settings.retries),
      headers: headers ? { ...this.#settings.headers, ...headers } : this.#settings.headers,
      client: this.#id,
      cache,
      runInBackground: (begun: (call: Call) => Promise<unknown>) => {
        this.#run({ timeout, headers, retries }, undefined, begun).catch(() => {});
      },
    };
    const call = onResponse ? { ...silent, onResponse: heard } : silent;
    // Registered before it starts, so that close() from within ends it.
    this.#open.add(scope);
    try {
      scope.throwIfAborted();
      return await work(call);
    } finally {
      this.#open.delete(scope);
      // Ends what the call began and did not wait for.
      scope.abort(OVER);
      scope.release();
      if (this.#open.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }
}

/** Most calls have no options: they need no check. */
function checked<Schema extends z.ZodMiniType, Options>(
  schema: Schema & IfSame<z.input<Schema>, Options>,
  options: Options | undefined,
): Partial<z.output<Schema>> {
  return options === undefined ? {} : validate<Schema, Options>(schema, options, 'options');
}

/** Aborts work left over when a call ends; never observed. Made once, since creating an error is expensive. */
const OVER = new ClientClosedError('The call is over.');

const closed = () => new ClientClosedError('The client is closed: make a new SpydraClient.');

const aborted = (cause: unknown) => new AbortedError('The call was ended by its signal.', { cause });
