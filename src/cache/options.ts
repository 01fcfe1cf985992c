import * as z from 'zod/mini';
import { atLeast, atMost, matches, whole } from '../core/schemas.js';
import type { CacheNamespace } from './counters.js';
import { type CacheStore, storeSchema } from './store.js';

/** How results are cached. Times are in milliseconds. */
export interface CacheOptions {
  /** Where. Default: {@link lru}, in this process. */
  readonly store?: CacheStore | undefined;
  /**
   * For how long a result is served. Default: assets 300,000, balances 30,000, transactions 60,000, holders 300,000.
   * `notFound`: that there is no such asset; default 0, not at all.
   */
  readonly ttl?: Readonly<Partial<Record<CacheNamespace | 'notFound', number>>> | undefined;
  /** For how long after its time a result is served while it is loaded again; never a balance. Default 0. */
  readonly staleWhileRevalidate?: number | undefined;
  /** For how long after its time a result is served where the server fails; never a balance. Default 0. */
  readonly staleIfError?: number | undefined;
  /** For how long the store may take to respond. Default 100. */
  readonly timeout?: number | undefined;
  /** What keys in the store begin with; clients with other rights need another one. Default `'spydra-sdk'`. */
  readonly prefix?: string | undefined;
  /**
   * Headers that say nothing of what is asked for, in any case of letters: reads that differ only in these share one
   * request, which carries those of the read that began it. Default `['X-Request-Id', 'traceparent', 'tracestate']`.
   */
  readonly tracingHeaders?: readonly string[] | undefined;
}

/** The options after defaults and checks. Not zod's own type: the declarations of the package do not import zod. */
export interface CacheSettings extends Checked<Omit<CacheOptions, 'store' | 'ttl'>>, Pick<CacheOptions, 'store'> {
  readonly ttl: Checked<NonNullable<CacheOptions['ttl']>>;
}

type Checked<Options> = { readonly [K in keyof Options]-?: NonNullable<Options[K]> };

const milliseconds = whole('must be a whole number of milliseconds').check(
  atLeast(0, 'must not be negative'),
  atMost(2 ** 31 - 1, 'must be below 2^31'),
);
/** A schema whose own sentence is about its type alone. */
const typed = (message: string) => (issue: z.core.$ZodRawIssue) =>
  issue.code === 'invalid_type' ? message : undefined;

const schema = z.strictObject(
  {
    store: z.optional(storeSchema),
    ttl: z.pipe(
      z.transform((ttl) => (ttl === undefined ? {} : ttl)),
      z.strictObject(
        {
          assets: z._default(milliseconds, 300_000),
          balances: z._default(milliseconds, 30_000),
          transactions: z._default(milliseconds, 60_000),
          holders: z._default(milliseconds, 300_000),
          notFound: z._default(milliseconds, 0),
        },
        { error: typed('must be an object of lifetimes') },
      ),
    ),
    staleWhileRevalidate: z._default(milliseconds, 0),
    staleIfError: z._default(milliseconds, 0),
    timeout: z._default(milliseconds.check(atLeast(1, 'must be above zero')), 100),
    prefix: z._default(
      z.string('must be a text').check(matches(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters')),
      'spydra-sdk',
    ),
    tracingHeaders: z.pipe(
      z._default(
        z.array(
          z.string().check(matches(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header')),
          'must be a list of names',
        ),
        ['X-Request-Id', 'traceparent', 'tracestate'],
      ),
      z.transform((names) => names.map((name) => name.toLowerCase())),
    ),
  },
  { error: typed('must be true, false or an object') },
);

/** The `cache` option after defaults and checks; undefined: no cache. */
export const cacheOption: z.ZodMiniType<CacheSettings | undefined> = z.pipe(
  z.transform((option) => (option === true ? {} : option === false ? undefined : option)),
  z.optional(schema),
);
