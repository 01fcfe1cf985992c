import * as z from 'zod/mini';
import { ignoreFailure } from '../core/ignore-failure.js';
import { above, below, finite } from '../core/schemas.js';
import { cannotStart, configure, withMethods } from '../core/validate.js';
import type { FieldProblem } from '../errors.js';
import { type Awaitable, type CacheStore, localTexts, storeSchema, UNCERTAIN_KEY, VERSION_KEY } from './store.js';

/** Publishes invalidations to the processes that share a store: five lines around Redis pub/sub, see docs/caching.md. */
export interface InvalidationChannel {
  publish(message: string): Awaitable<unknown>;
  /** Calls the listener for every message of any process from then on. */
  subscribe(listener: (message: string) => void): Awaitable<unknown>;
}

/** How processes hear of each other's invalidations. */
export interface TieredOptions {
  /** Default: none, so that only `bound` limits what is out of date. */
  readonly channel?: InvalidationChannel | undefined;
  /** Milliseconds for which a copy is used without reading the shared store, whatever the channel reports. Default 1,000. */
  readonly bound?: number | undefined;
}

const bound = 'must be a number of milliseconds above zero, below 2^31';
const explain = (problems: readonly FieldProblem[]) => cannotStart('tiered()', problems);
const tieredArguments = z.strictObject({
  local: storeSchema,
  shared: storeSchema,
  options: z.strictObject({
    channel: z.optional(withMethods<InvalidationChannel>('publish', 'subscribe')),
    bound: z._default(finite(bound).check(above(0, bound), below(2 ** 31, bound)), 1_000),
  }),
});

/**
 * Keeps copies of what is hot in this process, above a store that several processes share. What another process has
 * invalidated is not served any more as soon as the channel reports it, and in any case after `bound`. The local store
 * must return without a promise, as {@link lru} does.
 *
 * @throws ConfigurationError for a store, a channel or an option that is not known or cannot be.
 * @example
 * ```ts
 * const store = tiered(lru(), redis, { channel, bound: 500 });
 * const spydra = new SpydraClient({ cache: { store } });
 * ```
 */
export function tiered(local: CacheStore, shared: CacheStore, options: TieredOptions = {}): CacheStore {
  const store = new Tiered(configure(tieredArguments, { local, shared, options }, explain));
  localTexts.set(store, { isComplete: false, get: store.near });
  return store;
}

class Tiered implements CacheStore {
  readonly #tiers: z.output<typeof tieredArguments>;
  /** Keys that are being read from the shared store: what it returns is kept only if they were not changed meanwhile. */
  readonly #reading = new Map<string, object>();

  constructor(tiers: z.output<typeof tieredArguments>) {
    this.#tiers = tiers;
    // Without it, the bound still holds.
    ignoreFailure(() => tiers.options.channel?.subscribe((key) => ignoreFailure(() => this.#forget(key))));
  }

  async get(key: string): Promise<unknown> {
    return this.near(key) ?? (await this.#readShared([key]))[0];
  }

  async getMany(keys: string[]): Promise<readonly unknown[]> {
    const near = keys.map(this.near);
    const missing = keys.filter((_, index) => near[index] === undefined);
    const read = missing.length > 0 ? [...(await this.#readShared(missing))] : [];
    return near.map((copy) => copy ?? read.shift());
  }

  set(key: string, value: string, ttlMs: number): Promise<unknown> {
    return this.#changing(key, () => this.#tiers.shared.set(key, value, ttlMs));
  }

  delete(key: string): Promise<unknown> {
    return this.#changing(key, () => this.#tiers.shared.delete(key));
  }

  /** The copy in this process; undefined: there is none. One that fails or would have to be waited for is none. */
  readonly near = (key: string): string | undefined => {
    try {
      const copy = this.#tiers.local.get(key);
      if (typeof copy === 'string') return copy;
      if (copy !== undefined) ignoreFailure(() => copy);
    } catch {}
    return undefined;
  };

  async #readShared(keys: string[]): Promise<readonly unknown[]> {
    const { local, shared, options } = this.#tiers;
    const reading = {};
    const begunAt = performance.now();
    for (const key of keys) this.#reading.set(key, reading);
    try {
      const values = await (shared.getMany?.(keys) ?? Promise.all(keys.map(async (key) => shared.get(key))));
      // They may have been on their way for long.
      const left = Math.floor(options.bound - (performance.now() - begunAt));
      for (const [index, key] of keys.entries()) {
        // That there is no uncertainty is read with every entry, and so kept too.
        const text = values[index] ?? (key.includes(UNCERTAIN_KEY) ? '' : undefined);
        if (typeof text !== 'string' || this.#reading.get(key) !== reading || left <= 0) continue;
        ignoreFailure(() => local.set(key, text, left));
      }
      return values;
    } finally {
      for (const key of keys) if (this.#reading.get(key) === reading) this.#reading.delete(key);
    }
  }

  /** Forgets before and after: what is read meanwhile may be the one or the other. */
  async #changing(key: string, change: () => Awaitable<unknown>): Promise<unknown> {
    this.#forget(key);
    try {
      return await change();
    } finally {
      this.#forget(key);
      // Others need not hear of entries: their versions say whether they are valid.
      if (key.includes(VERSION_KEY)) ignoreFailure(() => this.#tiers.options.channel?.publish(key));
    }
  }

  /** A version and the uncertainty of its tag together: to write the one is to need the latest of the other. */
  #forget(key: string): void {
    for (const each of new Set([key, key.replace(VERSION_KEY, UNCERTAIN_KEY)])) {
      this.#reading.delete(each);
      const deleted = this.#tiers.local.delete(each);
      ignoreFailure(() => deleted);
    }
  }
}
