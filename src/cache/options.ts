import * as z from 'zod';
import type { CacheNamespace } from './counters.js';
import type { CacheStore } from './store.js';

/** How answers are cached. Times are in milliseconds. */
export interface CacheOptions {
  /** Where. Default: {@link lru}, in this process. */
  readonly store?: CacheStore | undefined;
  /**
   * For how long an answer is served. Default: assets 300,000, balances 30,000, transactions 60,000, holders 300,000.
   * `notFound`: that there is no such asset; default 0, not at all.
   */
  readonly ttl?: Readonly<Partial<Record<CacheNamespace | 'notFound', number>>> | undefined;
  /** For how long after its time an answer is served while it is loaded again; never a balance. Default 0. */
  readonly staleWhileRevalidate?: number | undefined;
  /** For how long after its time an answer is served where the server fails; never a balance. Default 0. */
  readonly staleIfError?: number | undefined;
  /** For how long the store may take to answer. Default 100. */
  readonly timeout?: number | undefined;
  /** What keys in the store begin with; clients with other rights need another one. Default `'spydra-sdk'`. */
  readonly prefix?: string | undefined;
}

/** The options after defaults and checks. */
export interface CacheSettings {
  readonly ttl: Readonly<Record<CacheNamespace | 'notFound', number>>;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  /** The longer of both. */
  readonly grace: number;
  readonly timeout: number;
  readonly prefix: string;
}

const milliseconds = z
  .int('must be a whole number of milliseconds')
  .min(0, 'must not be negative')
  .max(2 ** 31 - 1, 'must be below 2^31');
const isStore = (value: unknown) =>
  typeof value === 'object' && value !== null && ['get', 'set', 'delete'].every((name) => hasMethod(value, name));

const known = (what: string) => (issue: z.core.$ZodRawIssue) =>
  issue.code === 'unrecognized_keys' ? `has no ${what} ${issue.keys.join(', ')}` : 'must be true, false or an object';

const schema = z.strictObject(
  {
    store: z.custom<CacheStore>(isStore, 'must have the methods get, set and delete').optional(),
    ttl: z
      .strictObject(
        {
          assets: milliseconds.default(300_000),
          balances: milliseconds.default(30_000),
          transactions: milliseconds.default(60_000),
          holders: milliseconds.default(300_000),
          notFound: milliseconds.default(0),
        },
        { error: known('lifetime') },
      )
      .prefault({}),
    staleWhileRevalidate: milliseconds.default(0),
    staleIfError: milliseconds.default(0),
    timeout: milliseconds.min(1, 'must be above zero').default(100),
    prefix: z
      .string('must be a text')
      .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters')
      .default('spydra-sdk'),
  },
  { error: known('option') },
);

/** The `cache` option after defaults and checks; undefined: no cache. */
export const cacheOption: z.ZodType<CacheSettings | undefined> = z
  .preprocess((option) => (option === true ? {} : option || undefined), schema.optional())
  .transform((options) => options && settingsOf(options));

function settingsOf({ store: _, ...settings }: z.output<typeof schema>): CacheSettings {
  return { ...settings, grace: Math.max(settings.staleWhileRevalidate, settings.staleIfError) };
}

function hasMethod(value: object, name: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>>)[name] === 'function';
}
