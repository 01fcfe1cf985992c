import * as z from 'zod';
import { openScope, type Scope } from './abort.js';
import { AbortedError, ClientClosedError, DeadlineExceededError } from './errors.js';
import { areHeaders, type Settings } from './options.js';
import { validate } from './validate.js';

/** Options of every call, given as its last argument. */
export interface CallOptions {
  /** Ends the call at once, a backoff or a wait included. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt, its body included. Default: the client's. */
  readonly timeout?: number | undefined;
  /** Milliseconds for the whole call. Default: the client's; `Infinity` for none. */
  readonly deadline?: number | undefined;
  /** Headers added to this call's requests. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * What a read takes from the cache, as with fetch. `'default'`: an answer whose time is not over, else the ledger's.
 * `'reload'`: the ledger's, which is then cached. `'no-store'`: the ledger's, and nothing else changes.
 * `'only-if-cached'`: an answer that no write has cleared, however old, or NotCachedError. Without a cache the first
 * three are the same.
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
   * one key at the same instant, nor within `settleWindow` after a call of the other ended unknown or crashed. 1 to 255 visible ASCII characters. Default: a new UUID for each call.
   */
  readonly idempotencyKey?: string | undefined;
  /** Whether to wait until the ledger has committed the write. Default `true`. A repeated call always waits. */
  readonly confirm?: boolean | undefined;
}

/** One call on its way: when it ends, and what its requests carry. */
export interface Call {
  /** Aborts with the error that the call is to throw. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds after which the call is over. */
  readonly deadlineAt: number;
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose it is: each client sends its own requests. */
  readonly client?: string | undefined;
  /** What it takes from the cache; undefined: nothing. */
  readonly cache?: CacheMode | undefined;
  /** Begins another call of the client's, for which nobody waits: it may outlive this one, not the client. */
  readonly aside?: (work: (call: Call) => Promise<unknown>) => void;
  /** Gives each request of a call that makes many its turn. */
  readonly limit?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A call that writes. All its requests say the same: one key, one time, one id. */
export interface WriteCall extends Call {
  readonly idempotencyKey: string;
  /** Tells this call from others under its key. */
  readonly callId: string;
  /** Whether the caller gave the key, so that it may have been used before. */
  readonly keyIsGiven: boolean;
  readonly confirm: boolean;
  /** ISO 8601 */
  readonly submittedAt: string;
  /** Of the write's whole input, once it is known. */
  readonly fingerprint?: string;
}

// By shape: a signal may come from another realm.
const isSignal = (value: unknown) =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
const milliseconds = z.number('must be a number of milliseconds').positive('must be above zero');
/** What {@link CallOptions} may hold. */
export const callSchema = z.strictObject({
  signal: z.custom<AbortSignal>(isSignal, 'must be an AbortSignal').optional(),
  timeout: milliseconds.optional(),
  deadline: z.union([milliseconds, z.literal(Number.POSITIVE_INFINITY)], 'must be above zero').optional(),
  headers: z.record(z.string(), z.string()).refine(areHeaders, 'must be valid HTTP headers').optional(),
});
const readSchema = callSchema.extend({
  cache: z
    .enum(['default', 'reload', 'no-store', 'only-if-cached'], {
      error: "must be 'default', 'reload', 'no-store' or 'only-if-cached'",
    })
    .optional(),
});
const writeSchema = callSchema.extend({
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional(),
  confirm: z.boolean().optional(),
});

/** Runs the client's calls: gives each its deadline and signal, and ends all of them when the client closes. */
export class Calls {
  readonly #settings: Settings;
  readonly #id = crypto.randomUUID();
  readonly #open = new Map<Scope, Promise<unknown>>();
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Runs a call that reads, from the cache too. */
  read<T>(options: ReadOptions | undefined, work: (call: Call) => Promise<T>): Promise<T> {
    return this.#run(
      () => checked(readSchema, options),
      ({ cache = 'default' }) => ({ cache }),
      work,
    );
  }

  /** Runs a call that must know what the ledger says now. */
  ask<T>(options: CallOptions | undefined, work: (call: Call) => Promise<T>): Promise<T> {
    return this.#run(() => checked(callSchema, options), nothing, work);
  }

  /** Runs a call that writes. */
  write<T>(options: WriteOptions | undefined, work: (call: WriteCall) => Promise<T>): Promise<T> {
    return this.#run(
      () => checked(writeSchema, options),
      ({ idempotencyKey, confirm }) => ({
        idempotencyKey: idempotencyKey ?? crypto.randomUUID(),
        callId: crypto.randomUUID(),
        keyIsGiven: idempotencyKey !== undefined,
        confirm: confirm ?? true,
        submittedAt: new Date().toISOString(),
      }),
      work,
    );
  }

  /** Refuses new calls, ends those on their way and waits until they have. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const scope of this.#open.keys()) scope.abort(closed());
    await Promise.allSettled(this.#open.values());
  }

  async #run<O extends CallOptions, More extends object, T>(
    check: () => O,
    more: (options: O) => More,
    work: (call: Call & More) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw closed();
    const options = check();
    const { timeout, headers, deadline = this.#settings.deadline } = options;
    const scope = openScope(options.signal, aborted, { ms: deadline, reason: deadlineExceeded });
    const call = {
      // Made when it is asked for; a copy of the call asks for it.
      get signal() {
        return scope.signal;
      },
      deadlineAt: Date.now() + deadline,
      timeout: timeout ?? this.#settings.timeout,
      headers: headers ? { ...this.#settings.headers, ...headers } : this.#settings.headers,
      client: this.#id,
      aside: (begun: (call: Call) => Promise<unknown>) => {
        this.#run(() => ({ timeout, headers }), nothing, begun).catch(() => {});
      },
      ...more(options),
    };
    // Begun only once it is known to be open, so that close() from within misses nothing.
    const running = Promise.resolve().then(() => {
      scope.ensureOpen();
      return work(call);
    });
    this.#open.set(scope, running);
    try {
      return await running;
    } finally {
      this.#open.delete(scope);
      // Whatever the call began and did not wait for ends with it.
      scope.abort(OVER);
      scope.release();
    }
  }
}

/**
 * Throws if the call is over. By the clock too: timers stand still while a process is busy.
 *
 * @throws the error that the call is to end with
 */
export function ensureAlive(call: Call): void {
  if (call.signal.aborted) throw call.signal.reason;
  if (Date.now() >= call.deadlineAt) throw deadlineExceeded();
}

const nothing = () => ({});

/** Most calls have no options: they need no check. */
function checked<O extends CallOptions>(schema: z.ZodType<O>, options: unknown): Partial<O> {
  return options === undefined || options === null ? {} : validate(schema, options, 'options');
}

/** The end of what outlives its call: nobody hears of it. Made once, since an error is dear. */
const OVER = new ClientClosedError('The call is over.');

const closed = () => new ClientClosedError('The client is closed: make a new SpydraClient.');

const aborted = (cause: unknown) => new AbortedError('The call was ended by its signal.', { cause });

const deadlineExceeded = () =>
  new DeadlineExceededError('The call took longer than its deadline: raise `deadline`, or call again.', {
    retryable: true,
  });
