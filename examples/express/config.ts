import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** What the server is told by its environment. Times are in milliseconds. */
export interface Config {
  readonly port: number;
  /** The address to bind; undefined: all of them. */
  readonly host: string | undefined;
  /** Keys that admit an admin; several while one replaces another. */
  readonly adminApiKeys: readonly string[];
  /** Whether the only key was made for this run. */
  readonly keyIsMade: boolean;
  /** How tokens of users are checked; undefined: there are no users. */
  readonly tokens: TokenConfig | undefined;
  /** One server, or nodes of a cluster; none: limits and cache are this process's own. */
  readonly redisUrls: readonly string[];
  readonly limits: LimitConfig;
  /** What stands in front: so many proxies, or their addresses, as `trust proxy` of Express takes them. */
  readonly trustProxy: number | readonly string[];
  /** Web pages of these origins may call. */
  readonly corsOrigins: readonly string[];
  /** For a whole request. */
  readonly requestTimeout: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
}

export interface TokenConfig {
  /** Signed with a secret (HS256), or with a key of the issuer's (RS256, ES256, …): one of both. */
  readonly secret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string;
  readonly audience: string;
  /** Where a token names the wallet of an investor. */
  readonly walletClaim: string;
}

export interface LimitConfig {
  /** Requests in 15 minutes from one address. */
  readonly perAddress: number;
  /** Requests in a minute with one key, on admin routes. */
  readonly perKey: number;
  /** Whether requests pass while Redis is away. */
  readonly withoutRedis: 'open' | 'closed';
}

const list = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter(Boolean));
const whole = z.coerce.number('must be a number').int('must be whole').min(0, 'must not be negative');

const schema = z
  .object({
    PORT: whole.max(65_535, 'must be a port').default(3_001),
    HOST: z.string().optional(),
    AUTH_API_KEY: list.refine((keys) => keys.every((key) => key.length >= 16), 'needs keys of 16 characters or more'),
    JWT_SECRET: z.string().min(32, 'must have 32 characters or more').optional(),
    JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be a URL' }).optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    JWT_WALLET_CLAIM: z.string().default('wallet'),
    REDIS_URL: list.refine(
      (urls) => urls.every((url) => /^rediss?:\/\//.test(url)),
      'must be redis:// or rediss:// URLs',
    ),
    RATE_LIMIT_PER_ADDRESS: whole.min(1, 'must be above zero').default(100),
    RATE_LIMIT_PER_KEY: whole.min(1, 'must be above zero').default(30),
    RATE_LIMIT_WITHOUT_REDIS: z.enum(['open', 'closed'], "must be 'open' or 'closed'").default('open'),
    TRUST_PROXY: list,
    CORS_ORIGINS: list,
    REQUEST_TIMEOUT: whole.min(1, 'must be above zero').default(130_000),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], 'must be a level').default('info'),
  })
  .superRefine(({ JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }, context) => {
    const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    if (JWT_SECRET && JWT_JWKS_URL) refuse('JWT_JWKS_URL', 'excludes JWT_SECRET: which one signs must be certain');
    if (!JWT_SECRET && !JWT_JWKS_URL) return;
    if (!JWT_ISSUER) refuse('JWT_ISSUER', 'is missing');
    if (!JWT_AUDIENCE) refuse('JWT_AUDIENCE', 'is missing');
  });

/**
 * Reads the environment. Of a variable `NAME_FILE` the file's text is the value of `NAME`: so secrets managers and
 * Docker hand secrets over.
 *
 * @throws Error naming everything that is wrong at once.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = schema.safeParse(withFiles(environment));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new Error(`The server cannot start: ${problems.join('; ')}.`);
  }
  const said = parsed.data;
  const keyIsMade = said.AUTH_API_KEY.length === 0;
  // A key that is made is printed, and each instance would have another one.
  if (keyIsMade && environment.NODE_ENV === 'production') {
    throw new Error('The server cannot start: AUTH_API_KEY is missing.');
  }
  return Object.freeze({
    port: said.PORT,
    host: said.HOST,
    adminApiKeys: keyIsMade ? [randomBytes(24).toString('base64url')] : said.AUTH_API_KEY,
    keyIsMade,
    tokens: tokenConfig(said),
    redisUrls: said.REDIS_URL,
    limits: {
      perAddress: said.RATE_LIMIT_PER_ADDRESS,
      perKey: said.RATE_LIMIT_PER_KEY,
      withoutRedis: said.RATE_LIMIT_WITHOUT_REDIS,
    },
    trustProxy: hopsOf(said.TRUST_PROXY) ?? said.TRUST_PROXY,
    corsOrigins: said.CORS_ORIGINS,
    requestTimeout: said.REQUEST_TIMEOUT,
    logLevel: said.LOG_LEVEL,
  });
}

/**
 * The environment with the text of files in place of their names. An empty variable is none.
 *
 * @throws Error if a file is empty: a secret that was not handed over must not be taken for one that is not wanted.
 */
export function withFiles(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value?.trim()) found[name] = value.trim();
  for (const [name, path] of Object.entries(found)) {
    const target = /^((?:AUTH|SPYDRA)_API_KEY|JWT_SECRET|REDIS_URL)_FILE$/.exec(name)?.[1];
    if (target) found[target] ??= textOf(path, name);
  }
  return found;
}

function textOf(path: string, name: string): string {
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') throw new Error(`The file that ${name} names is empty.`);
  return text;
}

function tokenConfig(said: z.output<typeof schema>): TokenConfig | undefined {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = said;
  if (!secret && !jwksUrl) return undefined;
  return { secret, jwksUrl, issuer, audience, walletClaim: said.JWT_WALLET_CLAIM };
}

function hopsOf([first = '0', ...more]: readonly string[]): number | undefined {
  return more.length === 0 && /^\d+$/.test(first) ? Number(first) : undefined;
}
