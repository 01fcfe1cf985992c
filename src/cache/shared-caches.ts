import type { Settings, SpydraClientOptions } from '../options.js';
import { lru } from './lru.js';
import { ResponseCache } from './response-cache.js';

/** A cache that clients share which have the same option and API key. */
interface SharedCache {
  readonly option: SpydraClientOptions['cache'];
  readonly apiKey: Settings['apiKey'];
  readonly cache: ResponseCache;
  /** Those that are not closed. Weak: a client that is never closed can be collected. */
  readonly clients: WeakSet<object>;
  count: number;
}

/** The caches of clients that were made from each other: those with the same option share one. */
export class SharedCaches {
  /** All that are in use: a write invalidates what it touches in each of them. */
  readonly all = new Set<ResponseCache>();
  readonly #shared: SharedCache[] = [];

  /** The client's cache, if its options ask for one. */
  join(client: object, option: SpydraClientOptions['cache'], settings: Settings): ResponseCache | undefined {
    const { apiKey, cache: cacheSettings } = settings;
    if (!cacheSettings) return undefined;
    let shared = this.#shared.find((known) => known.option === option && known.apiKey === apiKey);
    if (!shared) {
      const cache = new ResponseCache(cacheSettings.store ?? lru(), cacheSettings, settings);
      shared = { option, apiKey, cache, clients: new WeakSet(), count: 0 };
      this.#shared.push(shared);
      this.all.add(shared.cache);
    }
    shared.clients.add(client);
    shared.count++;
    return shared.cache;
  }

  /** Ends the client's cache if no other client has it. */
  async leave(client: object): Promise<void> {
    const shared = this.#shared.find(({ clients }) => clients.delete(client));
    if (!shared || --shared.count > 0) return;
    this.#shared.splice(this.#shared.indexOf(shared), 1);
    this.all.delete(shared.cache);
    await shared.cache.stop();
  }
}
