import { ConfigurationError } from '../errors.js';
import type { Awaitable, CacheStore } from './store.js';
import { doubtBeside, isDoubtKey, isTold } from './tag-keys.js';

/** Tells processes that share a store what to forget: five lines around Redis pub/sub, see docs/caching.md. */
export interface ClearingChannel {
  publish(message: string): Awaitable<unknown>;
  /** Calls the listener for every message of anybody from then on. */
  subscribe(listener: (message: string) => void): Awaitable<unknown>;
}

/** How processes hear of each other's clearings. */
export interface TieredOptions {
  /** Default: none, so that only `bound` limits what is out of date. */
  readonly channel?: ClearingChannel | undefined;
  /** Milliseconds for which a copy is used without asking the shared store, whatever the channel says. Default 1,000. */
  readonly bound?: number | undefined;
}

/**
 * Keeps copies of what is hot in this process, above a store that several processes share. What another process
 * cleared is not served any more as soon as the channel tells of it, and in any case after `bound`. The local store must
 * answer without a promise, as {@link lru} does.
 *
 * @example
 * ```ts
 * const store = tiered(lru(), redis, { channel, bound: 500 });
 * const spydra = new SpydraClient({ cache: { store } });
 * ```
 */
export function tiered(local: CacheStore, shared: CacheStore, options: TieredOptions = {}): CacheStore {
  const { bound = 1_000 } = options;
  if (!(bound > 0 && bound < Number.POSITIVE_INFINITY)) {
    throw new ConfigurationError('The bound of tiered() must be a number of milliseconds above zero.');
  }
  return new Tiered(local, shared, options.channel, bound);
}

class Tiered implements CacheStore {
  readonly #local: CacheStore;
  readonly #shared: CacheStore;
  readonly #channel: ClearingChannel | undefined;
  readonly #bound: number;
  /** Keys that are being asked for: the answer is kept only if nobody has changed them meanwhile. */
  readonly #asked = new Map<string, object>();

  constructor(local: CacheStore, shared: CacheStore, channel: ClearingChannel | undefined, bound: number) {
    this.#local = local;
    this.#shared = shared;
    this.#channel = channel;
    this.#bound = bound;
    // Without it, the bound still holds.
    ignore(() => channel?.subscribe((key) => this.#forget(key)));
  }

  get(key: string): Awaitable<unknown> {
    const near = this.#near(key);
    return near === undefined ? this.#ask([key]).then(([value]) => value) : near;
  }

  getMany(keys: string[]): Awaitable<readonly unknown[]> {
    const near = new Map(keys.map((key) => [key, this.#near(key)]));
    const missing = keys.filter((key) => near.get(key) === undefined);
    if (missing.length === 0) return keys.map((key) => near.get(key));
    return this.#ask(missing).then((values) => {
      for (const [index, key] of missing.entries()) near.set(key, values[index]);
      return keys.map((key) => near.get(key));
    });
  }

  async set(key: string, value: string, ttlMs: number): Promise<unknown> {
    return this.#changing(key, () => this.#shared.set(key, value, ttlMs));
  }

  async delete(key: string): Promise<unknown> {
    return this.#changing(key, () => this.#shared.delete(key));
  }

  /** The copy in this process; undefined: there is none. One that would have to be waited for is none. */
  #near(key: string): unknown {
    const copy = this.#local.get(key);
    return typeof copy === 'string' ? copy : undefined;
  }

  async #ask(keys: string[]): Promise<readonly unknown[]> {
    const asking = {};
    const askedAt = performance.now();
    for (const key of keys) this.#asked.set(key, asking);
    try {
      const values = await (this.#shared.getMany?.(keys) ??
        Promise.all(keys.map(async (key) => this.#shared.get(key))));
      // They may have been on their way for long.
      const left = Math.floor(this.#bound - (performance.now() - askedAt));
      for (const [index, key] of keys.entries()) {
        if (this.#asked.get(key) === asking && left > 0) this.#copy(key, values[index], left);
      }
      return values;
    } finally {
      for (const key of keys) if (this.#asked.get(key) === asking) this.#asked.delete(key);
    }
  }

  #copy(key: string, value: unknown, ttl: number): void {
    if (typeof value === 'string') this.#local.set(key, value, ttl);
    // That nothing stands there is asked with every read.
    else if (isDoubtKey(key)) this.#local.set(key, '', ttl);
  }

  /** Forgets before and after: what is asked for meanwhile may be the one or the other. */
  async #changing(key: string, change: () => Awaitable<unknown>): Promise<unknown> {
    this.#forget(key);
    try {
      return await change();
    } finally {
      this.#forget(key);
      // Others need not hear of entries: their versions say whether they are valid.
      if (isTold(key)) ignore(() => this.#channel?.publish(key));
    }
  }

  /** A version and its doubt together: who writes the one must see what others have written of the other. */
  #forget(key: string): void {
    for (const each of new Set([key, doubtBeside(key)])) {
      this.#asked.delete(each);
      this.#local.delete(each);
    }
  }
}

/** Does what may fail. */
function ignore(work: () => Awaitable<unknown>): void {
  Promise.resolve()
    .then(work)
    .catch(() => {});
}
