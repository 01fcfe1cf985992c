import * as z from 'zod';
import { type CacheOptions, type CacheSettings, cacheOption } from './cache/options.js';
import { ConfigurationError } from './errors.js';
import { idProblem } from './ids.js';
import { guarded, type Logger, silent } from './telemetry/logger.js';

/** When writes to the same key of the ledger take turns: once one of them has lost to another, always, or never. */
export type LaneMode = 'adaptive' | 'always' | 'never';

/** Options of {@link SpydraClient}. What is left out is read from the environment variable named beside it. */
export interface SpydraClientOptions {
  /** `SPYDRA_API_KEY`. A function is asked at the first call and once more after a 401: for rotation or a vault. */
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
  /** `SPYDRA_TIMEOUT`: milliseconds for one attempt, its body included. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds for a whole call, retries, waits and commit included. Default 120,000; `Infinity` for none. */
  readonly deadline?: number | undefined;
  /** `SPYDRA_RETRIES`: how often a failed attempt is repeated where that is safe. Default 3. */
  readonly retries?: number | undefined;
  /**
   * Milliseconds in which a write that was sent may still reach the ledger and show in lists: for so long one that was
   * not answered is looked for. Default 60,000.
   */
  readonly settleWindow?: number | undefined;
  /**
   * What to do about a write that was not answered. `'verify'`, the default: look for it on the ledger. `'trust'`: send
   * it again under its key first, as often as `retries` says. Only for a server that is known to honour the
   * `Idempotency-Key` header: one that ignores it would apply both.
   */
  readonly idempotency?: 'verify' | 'trust' | undefined;
  /**
   * When writes that change the same balance or supply take turns, since a block commits only one of them.
   * `'adaptive'`, the default: from when one of them has lost to another until a minute later two of them did not;
   * `'always'`; `'never'`.
   */
  readonly lanes?: LaneMode | undefined;
  /** Whether and how reads are answered from a cache. Default `false`; `true`: as {@link CacheOptions} says. */
  readonly cache?: boolean | CacheOptions | undefined;
  /** Default `globalThis.fetch`, read at each call, so that interceptors installed later work. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Default: silent, or the console where `SPYDRA_DEBUG` is `1` or `true`. */
  readonly logger?: Logger | undefined;
  /** Headers added to every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Allows use in a browser, where anybody can read the API key. Default `false`. */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
}

/** The options after defaults and checks. */
export interface Settings {
  readonly apiKey: string | (() => string | Promise<string>);
  readonly projectId: string;
  readonly networkId: string;
  readonly appId: string;
  readonly assetSchemaId: string;
  readonly baseUrl: string;
  readonly timeout: number;
  readonly deadline: number;
  readonly retries: number;
  readonly settleWindow: number;
  readonly idempotency: 'verify' | 'trust';
  readonly lanes: LaneMode;
  readonly cache: CacheSettings | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  readonly headers: Readonly<Record<string, string>>;
}

/** Environment variables as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const id = z
  .string('is missing')
  .trim()
  .min(1, { error: 'is missing', abort: true })
  .superRefine((value, context) => {
    const problem = idProblem(value);
    if (problem) context.addIssue(problem);
  });
const aFunction = z.custom<(...args: never) => unknown>((value) => typeof value === 'function', 'must be a function');
const milliseconds = z.number('must be a number of milliseconds').positive('must be above zero');

const settingsSchema = z.object({
  apiKey: z
    // A key read from a file often ends with a newline.
    .preprocess((key) => (typeof key === 'string' ? key.trim() : key), z.unknown())
    .refine((key) => key !== undefined && key !== '', { error: 'is missing', abort: true })
    .refine(
      (key) => typeof key === 'function' || isApiKey(key),
      'must be 8 visible ASCII characters or more, or a function',
    ),
  projectId: id,
  networkId: id,
  appId: id,
  assetSchemaId: id,
  baseUrl: z
    .string()
    .default('https://api.spydra.io/v2')
    .refine(isBaseUrl, 'must be an http(s) URL without credentials, query and fragment')
    .transform((url) => url.replace(/\/+$/, '')),
  timeout: milliseconds.max(2 ** 31 - 1, 'must be below 2^31').default(30_000),
  deadline: z.union([z.literal(Number.POSITIVE_INFINITY), milliseconds]).default(120_000),
  retries: z.number('must be a number').int('must be whole').min(0, 'must not be negative').default(3),
  settleWindow: milliseconds.max(2 ** 31 - 1, 'must be below 2^31').default(60_000),
  idempotency: z.enum(['verify', 'trust'], "must be 'verify' or 'trust'").default('verify'),
  lanes: z.enum(['adaptive', 'always', 'never'], "must be 'adaptive', 'always' or 'never'").default('adaptive'),
  cache: cacheOption,
  fetch: aFunction.optional(),
  logger: z.looseObject({ debug: aFunction, info: aFunction, warn: aFunction, error: aFunction }).optional(),
  headers: z.record(z.string(), z.string()).refine(areHeaders, 'must be valid HTTP headers').default({}),
});

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
 * @throws ConfigurationError naming everything that is missing or wrong at once, with its variable.
 */
export function resolveSettings(
  options: SpydraClientOptions,
  environment: Environment = processEnvironment(),
): Settings {
  refuseBrowser(options);
  const given: Record<string, unknown> = { ...options };
  for (const [option, variable] of Object.entries(VARIABLES)) given[option] ??= read(option, environment[variable]);

  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) throw new ConfigurationError(explain(parsed.error.issues));
  return Object.freeze({
    ...parsed.data,
    apiKey: parsed.data.apiKey as Settings['apiKey'],
    fetch: options.fetch ?? ((...request: Parameters<typeof fetch>) => globalThis.fetch(...request)),
    logger: guarded(options.logger ?? (isOn(environment.SPYDRA_DEBUG) ? console : silent)),
    headers: Object.freeze(parsed.data.headers),
  });
}

/** Variables are text; these two stand for numbers. */
function read(option: string, text: string | undefined): string | number | undefined {
  if (!text) return undefined;
  return option === 'timeout' || option === 'retries' ? Number(text) : text;
}

function explain(issues: readonly z.core.$ZodIssue[]): string {
  const sentences = issues.map(({ path, message }) => {
    const variable = VARIABLES[String(path[0]) as keyof typeof VARIABLES];
    return `${path.join('.')}${variable ? ` (${variable})` : ''} ${message}`;
  });
  return `The Spydra client cannot start: ${sentences.join('; ')}. Pass the option or set its environment variable.`;
}

/** Whether a text can be sent as the X-API-Key header, and is long enough to be told from other text in a log. */
export function isApiKey(key: unknown): key is string {
  return typeof key === 'string' && /^[\x21-\x7e]{8,}$/.test(key);
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
}

/** Whether HTTP can carry these headers. */
export function areHeaders(headers: Record<string, string>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}

function isOn(text: string | undefined): boolean {
  return text === '1' || text?.toLowerCase() === 'true';
}

function processEnvironment(): Environment {
  return globalThis.process?.env ?? {};
}

function refuseBrowser(options: SpydraClientOptions): void {
  const browser = 'window' in globalThis && 'document' in globalThis && !globalThis.process?.versions?.node;
  if (!browser || options.dangerouslyAllowBrowser) return;
  throw new ConfigurationError(
    'The Spydra client does not run in a browser: everybody could read the API key. Call it from your server, or set dangerouslyAllowBrowser if you know who can read it.',
  );
}
