import type { Awaitable, CacheStore } from './store.js';
import { isVersionKey } from './versions.js';

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
 * cleared is not served any more as soon as the channel tells of it, and in any case after `bound`.
 *
 * @example
 * ```ts
 * const store = tiered(lru(), redis, { channel, bound: 500 });
 * const spydra = new SpydraClient({ cache: { store } });
 * ```
 */
export function tiered(local: CacheStore, shared: CacheStore, options: TieredOptions = {}): CacheStore {
  return new Tiered(local, shared, options);
}

class Tiered implements CacheStore {
  readonly #local: CacheStore;
  readonly #shared: CacheStore;
  readonly #channel: ClearingChannel | undefined;
  readonly #bound: number;
  /** Keys that are being asked for: the answer is kept only if nobody has changed them meanwhile. */
  readonly #asked = new Map<string, object>();

  constructor(local: CacheStore, shared: CacheStore, { channel, bound = 1_000 }: TieredOptions) {
    this.#local = local;
    this.#shared = shared;
    this.#channel = channel;
    this.#bound = bound;
    // Without it, the bound still holds.
    ignore(() => channel?.subscribe((key) => void this.#forget(key)));
  }

  get(key: string): Awaitable<unknown> {
    const near = this.#local.get(key);
    return typeof near === 'string' ? near : this.#ask([key]).then(([value]) => value);
  }

  getMany(keys: string[]): Awaitable<readonly unknown[]> {
    const near = keys.map((key) => this.#local.get(key));
    const missing = keys.filter((_, index) => typeof near[index] !== 'string');
    if (missing.length === 0) return near;
    return this.#ask(missing).then((values) => {
      const found = new Map(missing.map((key, index) => [key, values[index]]));
      return keys.map((key, index) => (found.has(key) ? found.get(key) : near[index]));
    });
  }

  async set(key: string, value: string, ttlMs: number): Promise<unknown> {
    const done = await this.#changing(key, () => this.#shared.set(key, value, ttlMs));
    this.#tell(key);
    return done;
  }

  async delete(key: string): Promise<unknown> {
    const done = await this.#changing(key, () => this.#shared.delete(key));
    this.#tell(key);
    return done;
  }

  async #ask(keys: string[]): Promise<readonly unknown[]> {
    const asking = {};
    const askedAt = performance.now();
    for (const key of keys) this.#asked.set(key, asking);
    try {
      const values = await (this.#shared.getMany?.(keys) ?? Promise.all(keys.map((key) => this.#shared.get(key))));
      // It may have been on its way for long.
      const left = Math.floor(this.#bound - (performance.now() - askedAt));
      for (const [index, key] of keys.entries()) {
        const value = values[index];
        const isNewest = this.#asked.get(key) === asking;
        if (typeof value === 'string' && isNewest && left > 0) this.#local.set(key, value, left);
      }
      return values;
    } finally {
      for (const key of keys) if (this.#asked.get(key) === asking) this.#asked.delete(key);
    }
  }

  /** Before and after: what is asked for meanwhile may be the one or the other. */
  async #changing(key: string, change: () => Awaitable<unknown>): Promise<unknown> {
    this.#forget(key);
    try {
      return await change();
    } finally {
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#asked.delete(key);
    this.#local.delete(key);
  }

  /** Others need not hear of entries: their versions say whether they are valid. */
  #tell(key: string): void {
    if (isVersionKey(key)) ignore(() => this.#channel?.publish(key));
  }
}

/** Does what may fail. */
function ignore(work: () => Awaitable<unknown>): void {
  Promise.resolve()
    .then(work)
    .catch(() => {});
}
