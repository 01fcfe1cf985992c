import type { Settings, SpydraClientOptions } from '../options.js';
import { lru } from './lru.js';
import { ResponseCache } from './response-cache.js';

/** What a cache was made for, and how many clients that are not closed have it. */
interface Use {
  readonly option: SpydraClientOptions['cache'];
  readonly apiKey: Settings['apiKey'];
  count: number;
}

/** The caches of clients that were made from each other: those with the same option and API key share one. */
export class SharedCaches {
  readonly #uses = new Map<ResponseCache, Use>();

  /** All that are in use: a write invalidates what it touches in each of them. */
  [Symbol.iterator](): Iterator<ResponseCache> {
    return this.#uses.keys();
  }

  /** The cache of a client, if its options ask for one. */
  join(option: SpydraClientOptions['cache'], settings: Settings): ResponseCache | undefined {
    const { apiKey, cache: cacheSettings } = settings;
    if (!cacheSettings) return undefined;
    const known = [...this.#uses].find(([, use]) => use.option === option && use.apiKey === apiKey);
    const [cache, use] = known ?? [
      new ResponseCache(cacheSettings.store ?? lru(), cacheSettings, settings),
      { option, apiKey, count: 0 },
    ];
    use.count++;
    this.#uses.set(cache, use);
    return cache;
  }

  /** To be called once for each client that has the cache: the last one ends it. */
  async leave(cache: ResponseCache): Promise<void> {
    const use = this.#uses.get(cache);
    if (!use || --use.count > 0) return;
    this.#uses.delete(cache);
    await cache.stop();
  }
}
