import type { Settings, SpydraClientOptions } from '../options.js';
import { lru } from './lru.js';
import { ResponseCache } from './response-cache.js';

/** What tells one cache from another: the option that asked for it, and the key with which is read what it holds. */
interface Owner {
  readonly option: SpydraClientOptions['cache'];
  readonly apiKey: Settings['apiKey'];
  readonly cache: ResponseCache;
  /** Those that are not closed. Weak: one that is never closed shall not be kept for it. */
  readonly clients: WeakSet<object>;
  count: number;
}

/** The caches of clients that were made from each other: those with the same option share one. */
export class SharedCaches {
  /** All that are in use: a write invalidates what it touches in each of them. */
  readonly all = new Set<ResponseCache>();
  readonly #owners: Owner[] = [];

  /** The client's cache, if its options ask for one. */
  join(client: object, option: SpydraClientOptions['cache'], settings: Settings): ResponseCache | undefined {
    if (!option || !settings.cache) return undefined;
    const { apiKey } = settings;
    let owner = this.#owners.find((known) => known.option === option && known.apiKey === apiKey);
    if (!owner) {
      const store = (option !== true && option.store) || lru();
      const cache = new ResponseCache(store, settings.cache, settings);
      owner = { option, apiKey, cache, clients: new WeakSet(), count: 0 };
      this.#owners.push(owner);
      this.all.add(owner.cache);
    }
    owner.clients.add(client);
    owner.count++;
    return owner.cache;
  }

  /** Ends the client's cache if no other client has it. */
  async leave(client: object): Promise<void> {
    const owner = this.#owners.find(({ clients }) => clients.delete(client));
    if (!owner || --owner.count > 0) return;
    this.#owners.splice(this.#owners.indexOf(owner), 1);
    this.all.delete(owner.cache);
    await owner.cache.stop();
  }
}
