import { LRUCache } from 'lru-cache';
import type * as z from 'zod/mini';
import { type Call, notCached } from '../core/call.js';
import { copyJson, stringifyJson } from '../core/json.js';
import { NotFoundError, SpydraError } from '../errors.js';
import type { Settings } from '../options.js';
import { ageAt } from './clocks.js';
import { type CacheStats, Counters } from './counters.js';
import { type Entry, MISSING, readBody, readEntry, writeEntry } from './entry.js';
import { GuardedStore } from './guarded-store.js';
import { type CachedRead, Loads, type Lookup } from './loads.js';
import type { CacheSettings } from './options.js';
import type { CacheStore } from './store.js';
import { type Get, type Tag, Versions } from './versions.js';

/** Milliseconds for which versions live at least: clients of one store may keep entries for different times. */
const MIN_LIFETIME = 600_000;

/** Bytes of texts whose meaning is remembered, at two for each character. */
const MAX_KNOWN = 16_000_000;

/** A valid entry's value; null: it is known that there is none. */
interface Hit<T> {
  readonly value: T | null;
  /** Milliseconds since it expired; negative: it has not. */
  readonly overdue: number;
}

/** What a read requests from the store, and what its entry meant: an unchanged text is not parsed and validated again. */
interface Known {
  readonly key: string;
  readonly tags: readonly Tag[];
  /** Of the entry, and of each tag's version and end. */
  readonly keys: readonly string[];
  readonly text?: string;
  readonly entry?: Entry;
  /** Undefined: the text does not hold what it should. Never given to a caller itself. */
  readonly value?: unknown;
}

/** Reads that begin at the same time: one request to the store. */
interface Batch {
  readonly id: number;
  /** With their places in the list of texts. */
  readonly keys: Map<string, number>;
  /** Undefined: the store failed. */
  readonly get: Promise<Get | undefined>;
}

/**
 * Serves reads from a store. An entry is valid if it has the current versions of its tags, as they were before its load
 * began, and was loaded after the last uncertain write to them ended and after the store last failed.
 */
export class ResponseCache {
  readonly #settings: CacheSettings;
  /** What the keys of entries begin with. */
  readonly #prefix: string;
  readonly #counters = new Counters();
  readonly #store: GuardedStore;
  readonly #versions: Versions;
  readonly #loads: Loads;
  #batch: Batch | undefined;
  #batches = 0;
  /** By the read's key. */
  readonly #known = new LRUCache<string, Known>({
    maxSize: MAX_KNOWN,
    sizeCalculation: ({ keys, text = '' }) => 2 * (keys.join('').length + text.length),
  });
  /** Keys of what is loaded in the background. */
  readonly #revalidating = new Set<string>();

  constructor(cacheStore: CacheStore, cache: CacheSettings, settings: Settings) {
    const { baseUrl, projectId, networkId, appId, logger } = settings;
    const ledger = [baseUrl, projectId, networkId, appId].map(encodeURIComponent).join(':');
    const grace = Math.max(cache.staleWhileRevalidate, cache.staleIfError);
    const lifetime = Math.max(2 * (Math.max(...Object.values(cache.ttl)) + grace), MIN_LIFETIME);
    this.#settings = cache;
    this.#prefix = `${cache.prefix}:${ledger}:entry:`;
    this.#store = new GuardedStore(cacheStore, cache.timeout, logger);
    // Not below the prefix: clients with other ones must hear of writes too.
    this.#versions = new Versions(this.#store, `spydra-sdk:${ledger}`, lifetime, logger);
    const [store, versions] = [this.#store, this.#versions];
    this.#loads = new Loads({ settings: cache, grace, store, versions, counters: this.#counters });
  }

  get stats(): CacheStats {
    return this.#counters.stats;
  }

  /** Serves the read from the cache as `call.cache` states; a call without a mode reads the ledger. */
  async read<T>(read: CachedRead<T>, call: Call): Promise<T> {
    const mode = call.cache ?? 'no-store';
    const isCacheable = this.#settings.ttl[read.namespace] > 0;
    if (mode === 'only-if-cached' && !isCacheable) throw notCached();
    if (mode === 'no-store' || !isCacheable) return read.load(call);
    const known = this.#known.get(read.key) ?? this.#describe(read);
    const local = mode === 'reload' ? undefined : this.#hit(read, known, this.#localGet(known));
    if (local && local.overdue < 0) return this.#serve(read, local, 'hits');
    const lookup = await this.#lookUp(known, call);
    const hit = mode === 'reload' ? undefined : this.#hit(read, known, lookup.get);
    if (hit && hit.overdue < 0) return this.#serve(read, hit, 'hits');
    if (mode === 'only-if-cached') {
      if (hit) return this.#serve(read, hit, 'stale');
      throw notCached();
    }
    const stale = read.mayBeStale ? hit : undefined;
    if (stale && stale.overdue < this.#settings.staleWhileRevalidate) {
      this.#revalidate(read, call, lookup);
      return this.#serve(read, stale, 'stale');
    }
    return this.#loads.load(read, call, lookup).catch(async (error: unknown) => {
      const isRetryable = error instanceof SpydraError && error.retryable;
      if (!stale || !isRetryable || call.signal.aborted) throw error;
      // A write may have invalidated it meanwhile.
      const left = this.#hit(read, known, (await this.#lookUp(known, call)).get);
      if (!left || left.overdue >= this.#settings.staleIfError) throw error;
      return this.#serve(read, left, 'stale');
    });
  }

  /** A value stored by {@link remember}, which no write invalidates. The store never fails it. */
  async recall<T>(name: string, schema: z.ZodMiniType<T>, call: Call): Promise<T | undefined> {
    const { key, get } = await this.#lookUp(this.#describe({ key: name, tags: [] }), call);
    const entry = readEntry(key, get?.(key) ?? '');
    return entry && readBody(entry.body, schema);
  }

  /** Stores a value for so many milliseconds, if the store takes it. */
  remember(name: string, value: unknown, ms: number): void {
    const key = this.#prefix + name;
    const entry = { versions: [], loadedAt: this.#store.clocks.now, lifetime: 0, body: stringifyJson(value) };
    void this.#store.offer(key, writeEntry(key, entry), ms);
  }

  /**
   * Invalidates what has one of these tags, for all clients that share the store. Never rejects.
   *
   * @param uncertainFor - milliseconds for which a write to them may still be applied: nothing of them is cached then
   */
  async invalidate(tags: readonly string[], uncertainFor?: number): Promise<void> {
    this.#counters.invalidated(tags);
    await this.#versions.invalidate(tags, uncertainFor);
  }

  /** Ends the cache; invalidations that its store does not have are tried a last time. */
  async stop(): Promise<void> {
    await this.#versions.stop();
    this.#store.stop();
  }

  #describe({ key: name, tags: names }: Pick<CachedRead<unknown>, 'key' | 'tags'>): Known {
    const key = this.#prefix + name;
    const tags = names.map((each) => this.#versions.tag(each));
    return { key, tags, keys: [key, ...tags.flatMap(({ version, end }) => [version, end])] };
  }

  /** What the store has in this process; undefined: not all of it, or it does not count. */
  #localGet({ tags, keys }: Known): Get | undefined {
    const texts = this.#versions.isPending(tags) ? undefined : this.#store.readLocal(keys);
    return texts && ((key) => texts[keys.indexOf(key)]);
  }

  /** Joins a batch that has not been sent yet: what it finds is no older than the read. */
  async #lookUp(known: Known, call: Call): Promise<Lookup> {
    const { key, tags } = known;
    this.#batch ??= this.#openBatch();
    const { id: batch, keys, get } = this.#batch;
    const local = this.#localGet(known);
    // Checked before the request: an invalidation that the store takes meanwhile may come too late for its response.
    if (local || this.#versions.isPending(tags)) return { key, tags, batch, get: local };
    for (const each of known.keys) if (!keys.has(each)) keys.set(each, keys.size);
    return { key, tags, batch, get: await this.#store.during(call, get) };
  }

  #openBatch(): Batch {
    const keys = new Map<string, number>();
    // Not with queueMicrotask: Jest's fake timers would hold it back.
    const get = Promise.resolve().then(async (): Promise<Get | undefined> => {
      this.#batch = undefined;
      const texts = keys.size > 0 ? await this.#store.read([...keys.keys()]) : undefined;
      return texts && ((key) => texts[keys.get(key) ?? -1]);
    });
    return { id: ++this.#batches, keys, get };
  }

  #hit<T>(read: CachedRead<T>, known: Known, get: Get | undefined): Hit<T> | undefined {
    const text = get?.(known.key);
    if (!get || text === undefined) return undefined;
    const isSame = text === known.text;
    const entry = isSame ? known.entry : readEntry(known.key, text);
    if (!entry || !this.#store.trusts(entry.loadedAt)) return undefined;
    const { now } = this.#store.clocks;
    if (!this.#versions.isValid(entry, known.tags, get, now)) return undefined;
    const value = isSame ? known.value : this.#decode(read, { ...known, text, entry });
    if (value === undefined) return undefined;
    return { value: value as T | null, overdue: ageAt(now, entry.loadedAt) - entry.lifetime };
  }

  /** The value of an entry, remembered. */
  #decode<T>(read: CachedRead<T>, known: Known & { readonly entry: Entry }): T | null | undefined {
    const { body } = known.entry;
    const value = body === MISSING ? (read.mayBeMissing ? null : undefined) : readBody(body, read.schema);
    this.#known.set(read.key, { ...known, value });
    return value;
  }

  #serve<T>(read: CachedRead<T>, { value }: Hit<T>, event: 'hits' | 'stale'): T {
    this.#counters.count(read, event);
    if (value === null) throw new NotFoundError('Not found, according to a recent response.', { status: 404 });
    return copyJson(value);
  }

  /** Loads once in the background, for all that are served meanwhile, as long as the client is open. */
  #revalidate<T>(read: CachedRead<T>, call: Call, lookup: Lookup): void {
    if (this.#revalidating.has(lookup.key)) return;
    call.runInBackground?.(async (own) => {
      this.#revalidating.add(lookup.key);
      const load = this.#loads.load(read, { ...call, ...own, cache: call.cache }, lookup);
      await load.finally(() => this.#revalidating.delete(lookup.key));
    });
  }
}
