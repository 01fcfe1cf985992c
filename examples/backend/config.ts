import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import express from 'express';
import { idProblem } from 'spydra-sdk';
import * as z from 'zod';

/** The configuration, read from the environment. Times are in milliseconds. */
export interface Config {
  readonly port: number;
  /** The address to bind; undefined: all of them. */
  readonly host: string | undefined;
  /** The admin keys; several while one is rotated. */
  readonly adminApiKeys: readonly string[];
  /** Whether the only key was generated for this run. */
  readonly keyIsMade: boolean;
  /** How tokens of users are verified; undefined: no tokens are accepted. */
  readonly tokens: TokenConfig | undefined;
  /** One server, or nodes of a cluster; empty: limits and cache are local to this process. */
  readonly redisUrls: readonly string[];
  readonly limits: LimitConfig;
  /** The number of proxies in front, or their addresses, as for `trust proxy` of Express. */
  readonly trustProxy: number | readonly string[];
  /** Origins of web pages that may call. */
  readonly corsOrigins: readonly string[];
  /** The time limit of a request. */
  readonly requestTimeout: number;
  /** The time after which a write that was sent is in the ledger's lists, or never will be. */
  readonly uncertaintyWindow: number;
  /** Whether writes with an Idempotency-Key are accepted while Redis is unavailable. */
  readonly writesWithoutRedis: 'open' | 'closed';
  /** Wallets that investors may buy from, besides the creator of the asset. */
  readonly sellerWallets: readonly string[];
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
}

export interface TokenConfig {
  /** Either a shared secret (HS256) or the keys of the issuer (RS256, ES256, …). */
  readonly secret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string;
  readonly audience: string;
  /** The claim with the wallet of an investor. */
  readonly walletClaim: string;
}

export interface LimitConfig {
  /** Requests per 15 minutes and address. */
  readonly perAddress: number;
  /** Requests per minute and key on admin routes. */
  readonly perKey: number;
  /** Streams of events that a caller may have at once, in this process. */
  readonly listenersPerCaller: number;
  /** Whether requests are accepted while Redis is unavailable. */
  readonly withoutRedis: 'open' | 'closed';
}

const list = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter(Boolean));
/** The longest delay of a timer of Node: a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;
const MOST_REQUESTS = 1_000_000_000;

/** A whole number, in digits. */
function whole(least: number, most: number, unless: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, { error, abort: true })
    .transform(Number)
    .refine((number) => number >= least && number <= most, error)
    .default(unless);
}
const mode = z.enum(['open', 'closed'], "must be 'open' or 'closed'");

const origins = list.refine(
  (given) => given.every(isOrigin),
  'must be origins such as https://portal.example, without a path or a slash at the end',
);

const MOST_PROXIES = 100;
const GROUP = /^(?:loopback|linklocal|uniquelocal)$/;
/** Characters that a header can hold. */
const ADMIN_KEY = /^[\x21-\x7e]{16,1000}$/;
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

const JWKS_URL = 'must be an http(s) URL without credentials';
const REDIS_URL = 'must be redis:// or rediss:// URLs with a host, a number as path if any, and % only in escapes';

const schema = z
  .object({
    PORT: whole(0, 65_535, 3_001),
    HOST: z.string().optional(),
    AUTH_API_KEY: list.refine(
      (keys) => keys.every((key) => ADMIN_KEY.test(key)),
      'needs keys of 16 characters or more, 1,000 at most, of visible ASCII: no header can hold others',
    ),
    JWT_SECRET: z.string().min(32, 'must have 32 characters or more').optional(),
    JWT_JWKS_URL: z
      .url({ protocol: /^https?$/, error: JWKS_URL, abort: true })
      .refine((url) => new URL(url).username + new URL(url).password === '', JWKS_URL)
      .optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    JWT_WALLET_CLAIM: z.string().default('wallet'),
    REDIS_URL: list
      .refine((urls) => urls.every(isRedisUrl), { error: REDIS_URL, abort: true })
      .refine(
        (urls) => urls.length < 2 || urls.every((url) => /^rediss?:\/\/[^/]+\/?0?$/.test(url)),
        'must name no database where it names several nodes of a cluster',
      ),
    RATE_LIMIT_PER_ADDRESS: whole(1, MOST_REQUESTS, 100),
    RATE_LIMIT_PER_KEY: whole(1, MOST_REQUESTS, 30),
    LISTENERS_PER_CALLER: whole(1, MOST_REQUESTS, 10),
    RATE_LIMIT_WITHOUT_REDIS: mode.default('open'),
    WRITES_WITHOUT_REDIS: mode.default('closed'),
    TRUST_PROXY: list.refine(
      areProxies,
      `must be a number up to ${MOST_PROXIES}, or IP addresses or ranges such as 10.0.0.0/8`,
    ),
    CORS_ORIGINS: origins,
    CORS_ORIGIN: origins,
    REQUEST_TIMEOUT: whole(1, LONGEST_TIMER, 130_000),
    UNCERTAINTY_WINDOW: whole(1, LONGEST_TIMER, 60_000),
    LOG_LEVEL: z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info'),
    SELLER_WALLETS: list.refine((wallets) => wallets.every(isId), 'must be ids of wallets, as they are written'),
  })
  .superRefine(({ CORS_ORIGINS, CORS_ORIGIN }, context) => {
    const isSame =
      CORS_ORIGIN.length === 0 || CORS_ORIGINS.length === 0 || sorted(CORS_ORIGIN) === sorted(CORS_ORIGINS);
    if (!isSame) context.addIssue({ code: 'custom', path: ['CORS_ORIGIN'], message: 'differs from CORS_ORIGINS' });
  })
  .superRefine(({ JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }, context) => {
    const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    if (JWT_SECRET && JWT_JWKS_URL) refuse('JWT_JWKS_URL', 'excludes JWT_SECRET: which one signs must be certain');
    if (!JWT_SECRET && !JWT_JWKS_URL) return;
    if (!JWT_ISSUER) refuse('JWT_ISSUER', 'is missing');
    if (!JWT_AUDIENCE) refuse('JWT_AUDIENCE', 'is missing');
  });

/**
 * Reads the environment. The value of `NAME` may be in the file that `NAME_FILE` names, as with Docker secrets.
 *
 * @throws Error that names all problems at once.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = schema.safeParse(withFiles(environment));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new Error(`The server cannot start: ${problems.join('; ')}.`);
  }
  const said = parsed.data;
  const keyIsMade = said.AUTH_API_KEY.length === 0;
  // A generated key is printed, and would be different for each instance.
  if (keyIsMade && environment.NODE_ENV === 'production') {
    throw new Error('The server cannot start: AUTH_API_KEY is missing.');
  }
  if (said.JWT_JWKS_URL?.startsWith('http:') && environment.NODE_ENV === 'production') {
    throw new Error('The server cannot start: JWT_JWKS_URL must be https: in production.');
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
      listenersPerCaller: said.LISTENERS_PER_CALLER,
      withoutRedis: said.RATE_LIMIT_WITHOUT_REDIS,
    },
    trustProxy: hopsOf(said.TRUST_PROXY) ?? said.TRUST_PROXY,
    // CORS_ORIGIN is the older, documented name for a single origin.
    corsOrigins: said.CORS_ORIGINS.length > 0 ? said.CORS_ORIGINS : said.CORS_ORIGIN,
    requestTimeout: said.REQUEST_TIMEOUT,
    uncertaintyWindow: said.UNCERTAINTY_WINDOW,
    writesWithoutRedis: said.WRITES_WITHOUT_REDIS,
    sellerWallets: said.SELLER_WALLETS,
    logLevel: said.LOG_LEVEL,
  });
}

/** Variables of secrets, which may be given as files. */
const SECRETS = ['AUTH_API_KEY', 'SPYDRA_API_KEY', 'JWT_SECRET', 'REDIS_URL'];

/** All variables that are read, besides those of the SDK. */
export const VARIABLES: readonly string[] = [
  ...Object.keys(schema.shape),
  ...SECRETS.map((name) => `${name}_FILE`),
  'NODE_ENV',
];

/**
 * Returns the environment with the contents of files in place of their names. Empty variables count as unset.
 *
 * @throws Error if a file cannot be read or is empty: a missing secret must not count as "not configured".
 */
export function withFiles(environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value?.trim()) found[name] = value.trim();
  for (const target of SECRETS) {
    const path = found[`${target}_FILE`];
    if (path !== undefined) found[target] ??= textOf(path, `${target}_FILE`);
  }
  return found;
}

function textOf(path: string, name: string): string {
  const text = readText(path, name).trim();
  if (text === '') throw new Error(`The file that ${name} names is empty.`);
  return text;
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The file that ${name} names cannot be read (${reason}).`, { cause });
  }
}

function tokenConfig(said: z.output<typeof schema>): TokenConfig | undefined {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = said;
  if (!secret && !jwksUrl) return undefined;
  return { secret, jwksUrl, issuer, audience, walletClaim: said.JWT_WALLET_CLAIM };
}

/** Stricter than ioredis, which takes any option from the query and fails later on what it cannot decode. */
function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text);
  const isPlace = hostname !== '' && port !== '0' && /^\/?\d{0,5}$/.test(pathname) && hash === '';
  return (
    /^rediss?:$/.test(protocol) && isPlace && /^(?:\?family=[046])?$/.test(search) && isEscaped(username + password)
  );
}

function isEscaped(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

function isId(text: string): boolean {
  return idProblem(text, 'write') === undefined;
}

function sorted(origins: readonly string[]): string {
  return [...new Set(origins)].sort().join(' ');
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:\/\/[^*]+$/.test(text) && new URL(text).origin === text;
}

function areProxies(given: readonly string[]): boolean {
  const hops = hopsOf(given);
  if (hops !== undefined) return hops <= MOST_PROXIES;
  // Express would treat a number in the list as an address.
  const areAddresses = given.every((text) => GROUP.test(text) || isIP(text.split('/', 1)[0] ?? '') !== 0);
  if (!areAddresses) return false;
  try {
    // Express compiles them now and throws if one is not valid.
    express().set('trust proxy', given);
    return true;
  } catch {
    return false;
  }
}

function hopsOf([first = '0', ...more]: readonly string[]): number | undefined {
  return more.length === 0 && /^\d+$/.test(first) ? Number(first) : undefined;
}
