import * as z from 'zod/mini';
import { type CacheOptions, cacheOption } from './cache/options.js';
import { MAX_DELAY } from './core/abort.js';
import type { RetryPolicy } from './core/call.js';
import { idProblem } from './core/ids.js';
import { isBrowser, variable } from './core/runtime.js';
import { atMost, bool, oneOf, without } from './core/schemas.js';
import { aFunction, cannotStart, configure, milliseconds, UNKNOWN_OPTION, withMethods } from './core/validate.js';
import { ConfigurationError, type FieldProblem } from './errors.js';
import { baseUrlProblem, normalized } from './http/base-url.js';
import { isApiKey } from './http/credentials.js';
import { headersSchema } from './http/headers.js';
import { Retries } from './http/retries.js';
import { retriesOption } from './http/retry-presets.js';
import { boundLedger, givenLedger } from './ledger/given-ledger.js';
import type { Ledger } from './ledger/ledger.js';
import { type Logger, loggerOf } from './telemetry/logger.js';

/** When writes to the same key of the ledger run one at a time: after a read conflict, always, or never. */
export type WriteLockMode = 'adaptive' | 'always' | 'never';

/** Options of {@link SpydraClient}. Only what is left out is read from the environment variable named beside it. */
export interface SpydraClientOptions {
  /**
   * The ledger to use in place of Spydra's REST API, such as `fabricLedger(…)` of `spydra-sdk/fabric`. The options of the
   * REST API, its credentials first, are then neither needed nor allowed, nor read from the environment.
   */
  readonly ledger?: Ledger | undefined;
  /** `SPYDRA_API_KEY`. A function is called at the first request and again after a 401: for rotation or a vault. */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** `SPYDRA_PROJECT_ID` */
  readonly projectId?: string | undefined;
  /** `SPYDRA_NETWORK_ID` */
  readonly networkId?: string | undefined;
  /** `SPYDRA_APP_ID` */
  readonly appId?: string | undefined;
  /** `SPYDRA_ASSET_SCHEMA_ID`: the schema under which assets are created. */
  readonly assetSchemaId?: string | undefined;
  /** `SPYDRA_BASE_URL`. Default `https://api.spydra.io/v2`. */
  readonly baseUrl?: string | undefined;
  /**
   * `SPYDRA_TIMEOUT`: milliseconds for one attempt, its body included. Default 30,000; at most 300,000 with the `fetch`
   * of the runtime, since Node's waits no longer.
   */
  readonly timeout?: number | undefined;
  /** Milliseconds for a whole call, retries, waits and commit included. Default 120,000; `Infinity` for none. */
  readonly deadline?: number | undefined;
  /**
   * `SPYDRA_RETRIES`: how often a failed request is repeated where that is safe; at most 1,000, default 3. Or a policy,
   * which decides on each.
   */
  readonly retries?: number | RetryPolicy | undefined;
  /**
   * Milliseconds for which a write that was sent may still reach the ledger and its lists: an unanswered one is searched
   * for that long. Default 60,000.
   */
  readonly uncertaintyWindow?: number | undefined;
  /**
   * What to do about a write that was not answered. `'verify'`, the default: search for it on the ledger. `'trust'`:
   * first send it again under its key, up to `retries` times. Only for a server that is known to honour the
   * `Idempotency-Key` header: one that ignores it would apply both.
   */
  readonly idempotency?: 'verify' | 'trust' | undefined;
  /**
   * When writes that change the same balance or supply run one at a time, since a block commits only one of them.
   * `'adaptive'`, the default: after a read conflict, until two of them succeed together a minute later; `'always'`;
   * `'never'`.
   */
  readonly writeLocks?: WriteLockMode | undefined;
  /** Whether and how reads are served from a cache. Default `false`; `true`: the defaults of {@link CacheOptions}. */
  readonly cache?: boolean | CacheOptions | undefined;
  /** Default `globalThis.fetch`, read at each call, so that interceptors installed later work. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Default: silent, or the console where `SPYDRA_DEBUG` is `1` or `true`. */
  readonly logger?: Logger | undefined;
  /**
   * Headers added to every request, except those that fetch or the SDK sets (`Host`, `Content-Type`, `X-API-Key`,
   * `Idempotency-Key`, `Cache-Control`…).
   */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Allows use in a browser, where anybody can read the API key. Default `false`. */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
}

/** The options after defaults and checks. */
export interface Settings extends Readonly<Omit<Checked, 'dangerouslyAllowBrowser'>> {
  readonly apiKey: string | (() => string | Promise<string>);
  readonly timeout: number;
  /** The longest `timeout` that a call may ask for. */
  readonly longestTimeout: number;
  readonly fetch: typeof globalThis.fetch;
  /** Undefined: nothing is logged. */
  readonly logger: Logger | undefined;
}

const MISSING = 'is missing';
const id = z.string({ error: ({ input }) => (input === undefined ? MISSING : 'must be a string') }).check(
  z.trim(),
  z.refine((value) => value !== '', { error: MISSING, abort: true }),
  without((value) => idProblem(value, 'write')),
);
/** The time of a whole call. To zod, `Infinity` is no number. */
export const deadlineSchema = z
  .custom<number>((value) => typeof value === 'number' && !Number.isNaN(value), {
    error: 'must be a number of milliseconds, or Infinity',
    abort: true,
  })
  .check(z.refine((ms) => ms > 0, 'must be above zero'));
const baseUrl = z.pipe(
  z.string().check(z.trim(), without(baseUrlProblem)),
  z.transform((url) => (URL.canParse(url) ? normalized(url) : url)),
);
/** Node's fetch ends a request without response headers by then. */
const MAX_FETCH_TIMEOUT = 300_000;

const settingsSchema = z.strictObject({
  ledger: z.optional(givenLedger),
  apiKey: z
    .transform((key) => (typeof key === 'string' ? key.trim() : key))
    .check(
      z.refine((key) => key !== undefined && key !== '', { error: MISSING, abort: true }),
      z.refine(
        (key) => typeof key === 'function' || isApiKey(key),
        'must be 8 visible ASCII characters or more without white space, or a function',
      ),
    ),
  projectId: id,
  networkId: id,
  appId: id,
  assetSchemaId: id,
  baseUrl: z._default(baseUrl, 'https://api.spydra.io/v2'),
  deadline: z._default(deadlineSchema, 120_000),
  retries: z.pipe(
    z._default(retriesOption, 3),
    z.transform((option) => Retries.of(option)),
  ),
  uncertaintyWindow: z._default(milliseconds.check(atMost(MAX_DELAY, 'must be below 2^31')), 60_000),
  idempotency: z._default(oneOf(['verify', 'trust'], "must be 'verify' or 'trust'"), 'verify'),
  writeLocks: z._default(oneOf(['adaptive', 'always', 'never'], "must be 'adaptive', 'always' or 'never'"), 'adaptive'),
  cache: cacheOption,
  fetch: z.optional(aFunction<typeof globalThis.fetch>()),
  logger: z.optional(withMethods<Logger>('debug', 'info', 'warn', 'error')),
  headers: z._default(headersSchema, {}),
  dangerouslyAllowBrowser: z.optional(bool('must be true or false')),
});

type Checked = z.output<typeof settingsSchema>;

/** What each option may hold: other ledgers take some of them too. */
export const optionSchemas = { ...settingsSchema.shape, baseUrl };

/** An option that only the REST API needs: it must not be given beside a ledger, and has a value that is not used. */
const ofRest = <Name extends keyof Checked>(unused: Checked[Name]) =>
  z._default(
    z.custom<unknown>(() => false, 'is an option of the REST API, and must not be given beside `ledger`'),
    unused,
  );

const restOptions = {
  apiKey: ofRest<'apiKey'>(''),
  projectId: ofRest<'projectId'>(''),
  networkId: ofRest<'networkId'>(''),
  appId: ofRest<'appId'>(''),
  assetSchemaId: ofRest<'assetSchemaId'>(''),
  baseUrl: ofRest<'baseUrl'>(''),
  idempotency: ofRest<'idempotency'>('verify'),
  writeLocks: ofRest<'writeLocks'>('adaptive'),
  headers: ofRest<'headers'>({}),
  fetch: z.optional(ofRest<'fetch'>(undefined)),
};

const VARIABLES = {
  apiKey: 'SPYDRA_API_KEY',
  projectId: 'SPYDRA_PROJECT_ID',
  networkId: 'SPYDRA_NETWORK_ID',
  appId: 'SPYDRA_APP_ID',
  assetSchemaId: 'SPYDRA_ASSET_SCHEMA_ID',
  baseUrl: 'SPYDRA_BASE_URL',
  timeout: 'SPYDRA_TIMEOUT',
  retries: 'SPYDRA_RETRIES',
} as const;

/**
 * Merges options over environment, checks all of it and freezes the result.
 *
 * @throws ConfigurationError naming everything that is missing, wrong or not known at once, with its variable.
 */
export function resolveSettings(options: SpydraClientOptions): Settings {
  refuseBrowser(options);
  const given: Record<string, unknown> = { ...givenOf(options) };
  const { ledger } = options;
  for (const [option, name] of Object.entries(VARIABLES)) {
    if (ledger === undefined || !Object.hasOwn(restOptions, option)) given[option] ??= read(option, name);
  }

  const longestTimeout = options.fetch ? MAX_DELAY : MAX_FETCH_TIMEOUT;
  const timeout = z._default(milliseconds.check(atMost(longestTimeout, tooLong(longestTimeout))), 30_000);
  const schema = z.strictObject({ ...settingsSchema.shape, timeout, ...(ledger && restOptions) }) as z.ZodMiniType<
    Checked & { readonly timeout: number }
  >;
  const { dangerouslyAllowBrowser: _, ...checked } = configure(schema, given, explain);
  const logger = options.logger ?? (isOn(variable('SPYDRA_DEBUG')) ? console : undefined);
  return Object.freeze({
    ...checked,
    // Caches keep what is of this ledger apart by it.
    ...(checked.ledger && {
      ledger: boundLedger(checked.ledger),
      baseUrl: `ledger:${checked.ledger.name ?? crypto.randomUUID()}`,
    }),
    longestTimeout,
    apiKey: checked.apiKey as Settings['apiKey'],
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    logger: logger && loggerOf(logger),
    headers: Object.freeze(checked.headers),
  });
}

/**
 * The options that are given: one that is undefined is missing.
 *
 * @throws ConfigurationError if they are no object.
 */
export function givenOf(options: SpydraClientOptions): SpydraClientOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError(
      "The options of a SpydraClient must be an object, such as { apiKey: '…', projectId: '…' }; what is left out is read from the SPYDRA_* variables.",
    );
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What is wrong with a `timeout` above the longest one, as the rest of a sentence. */
export function tooLong(longestTimeout: number): string {
  return longestTimeout === MAX_FETCH_TIMEOUT
    ? 'must be 300,000 or less: fetch itself waits no longer for a response. For more, pass a `fetch` of your own that does'
    : 'must be below 2^31';
}

/** Variables are text; these two are numbers. */
function read(option: string, name: string): string | number | undefined {
  const text = variable(name);
  return text !== undefined && (option === 'timeout' || option === 'retries') ? Number(text) : text;
}

function explain(problems: readonly FieldProblem[]): string {
  const named = problems.map(({ field, message }) => {
    const name = Object.hasOwn(VARIABLES, field) && VARIABLES[field as keyof typeof VARIABLES];
    return { field: name ? `${field} (${name})` : field, message };
  });
  const isMissing = problems.some(({ message }) => message === MISSING);
  const platform = variable('SPYDRA_PLATFORM_URL')
    ? ' SPYDRA_PLATFORM_URL is set: for that pass `ledger: platformLedger()` of spydra-sdk/platform.'
    : '';
  const advice = isMissing ? ` Pass the option or set its environment variable.${platform}` : '';
  const isUnlikeAny = problems.some(({ field, message }) => message === UNKNOWN_OPTION && !field.includes('.'));
  const names = [...Object.keys(settingsSchema.shape), 'timeout'].sort();
  const known = isUnlikeAny ? ` The options are ${names.join(', ')}.` : '';
  return cannotStart('The Spydra client', named) + advice + known;
}

function isOn(text: string | undefined): boolean {
  return text === '1' || text?.toLowerCase() === 'true';
}

function refuseBrowser(options: SpydraClientOptions): void {
  if (!isBrowser() || options?.dangerouslyAllowBrowser) return;
  throw new ConfigurationError(
    'The Spydra client does not run in a browser: everybody could read the API key. Call it from your server, or set dangerouslyAllowBrowser if you know who can read it.',
  );
}
