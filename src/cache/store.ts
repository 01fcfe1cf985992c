import { withMethods } from '../core/validate.js';

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * Where cached results are kept: texts under keys, each for a time of its own. A `Keyv` instance is one; so are five
 * lines around a Redis client, see docs/caching.md. Test your own with `spydra-sdk/cache-conformance`.
 *
 * It may forget whatever it likes whenever it likes. It must not give back under a key what was replaced or deleted
 * there before `set` or `delete` resolved.
 */
export interface CacheStore {
  /** The text under the key; anything else than a string means that there is none. */
  get(key: string): Awaitable<unknown>;
  /** Keeps a text for so many milliseconds. Rejecting, or resolving to `false`, means that it is not kept. */
  set(key: string, value: string, ttlMs: number): Awaitable<unknown>;
  delete(key: string): Awaitable<unknown>;
  /** The texts under the keys, in their order. Default: `get` for each. */
  getMany?(keys: string[]): Awaitable<readonly unknown[]>;
}

/** A store as far as can be seen without using it. */
export const storeSchema = withMethods<CacheStore>('get', 'set', 'delete');

/** Parts of the keys of a tag's version, and of the end of its uncertainty: the rest of both is the same. */
export const VERSION_KEY = ':tag:version:';
export const UNCERTAIN_KEY = ':tag:uncertain:';

/** What a store of this package gives without a promise. */
export interface LocalTexts {
  /** Whether a text that is not here is nowhere. */
  readonly isComplete: boolean;
  get(key: string): string | undefined;
}

/** Stores that have texts in this process. */
export const localTexts = new WeakMap<CacheStore, LocalTexts>();
