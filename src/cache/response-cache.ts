import type * as z from 'zod';
import type { Call } from '../call.js';
import { NotCachedError, NotFoundError, SpydraError } from '../errors.js';
import type { Settings } from '../options.js';
import { BoundedStore } from './bounded-store.js';
import type { CachedRead } from './cached-read.js';
import { type CacheStats, Counters } from './counters.js';
import { type Entry, MISSING, readBody, readEntry, writeBody, writeEntry } from './entry.js';
import { Loads } from './loads.js';
import { type Looked, Lookups } from './lookups.js';
import type { CacheSettings } from './options.js';
import type { CacheStore } from './store.js';
import { TagKeys } from './tag-keys.js';
import { isInDoubt } from './version.js';
import { Versions } from './versions.js';

/** Milliseconds; clients of one store may keep answers for different times. */
const SHORTEST_LIFETIME = 600_000;

/** An answer that the store holds and that no write has cleared; null: it is known that there is none. */
interface Held<T> {
  readonly value: T | null;
  /** Milliseconds since its time was over; negative: it is not. */
  readonly overdue: number;
}

/**
 * Answers reads from a store. Each entry carries the versions of its tags as they were before its load began, and is
 * valid only while they are current: a load that raced a write leaves nothing that could be served.
 */
export class ResponseCache {
  readonly #settings: CacheSettings;
  /** What the keys of entries begin with. */
  readonly #prefix: string;
  readonly #store: BoundedStore;
  readonly #versions: Versions;
  readonly #lookups: Lookups;
  readonly #loads: Loads;
  readonly #counters = new Counters();
  /** Keys of what is loaded in the background. */
  readonly #revalidating = new Set<string>();

  constructor(store: CacheStore, cache: CacheSettings, { logger, ...place }: Settings) {
    const { baseUrl, projectId, networkId, appId } = place;
    const ledger = [baseUrl, projectId, networkId, appId].map(encodeURIComponent).join(':');
    this.#settings = cache;
    this.#prefix = `${cache.prefix}:${ledger}:entry:`;
    this.#store = new BoundedStore(store, cache.timeout, logger);
    const longest = Math.max(...Object.values(cache.ttl)) + cache.grace;
    // Writes are heard of under every prefix.
    const keys = new TagKeys(`spydra-sdk:${ledger}`);
    this.#versions = new Versions(this.#store, keys, Math.max(2 * longest, SHORTEST_LIFETIME), logger);
    this.#lookups = new Lookups(this.#store, keys);
    this.#loads = new Loads(this.#store, this.#versions, cache, this.#counters);
  }

  get stats(): CacheStats {
    return this.#counters.stats;
  }

  /** Answers from the cache as `call.cache` says; a call that says nothing asks the ledger. */
  async read<T>(read: CachedRead<T>, call: Call): Promise<T> {
    const mode = call.cache ?? 'no-store';
    if (mode === 'no-store') return read.load(call);
    if (this.#settings.ttl[read.namespace] === 0) return loadUncached(read, call);
    // Before the store is asked: a clearing that is written meanwhile may come too late for its answer.
    const isOwed = this.#versions.isOwed(read.tags);
    const looked = await this.#look(read, call);
    const held = isOwed || mode === 'reload' ? undefined : this.#heldBy(looked, read);
    if (held && held.overdue < 0) return this.#serve(read, held, 'hit');
    if (mode === 'only-if-cached') {
      if (held) return this.#serve(read, held, 'stale');
      throw notCached();
    }
    const stale = read.mayBeStale ? held : undefined;
    if (stale && stale.overdue < this.#settings.staleWhileRevalidate) {
      this.#revalidate(read, call, looked);
      return this.#serve(read, stale, 'stale');
    }
    return this.#loads.load(read, call, looked, isOwed).catch(async (error: unknown) => {
      if (!stale || !isPassing(error) || call.signal.aborted) throw error;
      // A write may have cleared it meanwhile.
      const left = this.#heldBy(await this.#look(read, call), read);
      if (!left || left.overdue >= this.#settings.staleIfError) throw error;
      return this.#serve(read, left, 'stale');
    });
  }

  /** What was remembered under the name, however much has changed since. Never rejects. */
  async recall<T>(name: string, schema: z.ZodType<T>, call: Call): Promise<T | undefined> {
    const key = this.#prefix + name;
    const [text] =
      (await this.#store.during(
        call,
        this.#store.read([key]).catch(() => []),
      )) ?? [];
    const entry = readEntry(key, text);
    return entry && readBody(entry.body, schema);
  }

  /** Remembers a value for so many milliseconds, if the store will. */
  remember(name: string, value: unknown, ms: number): void {
    const key = this.#prefix + name;
    const text = writeEntry({ key, versions: [], loadedAt: Date.now(), freshUntil: 0, body: writeBody(value) });
    this.#store.write(key, text, ms).catch(() => {});
  }

  /** What has one of these tags is not served any more, by nobody who shares the store. Never rejects. */
  async clear(tags: readonly string[]): Promise<void> {
    this.#counters.cleared(tags);
    await this.#versions.change(tags);
  }

  /** What has one of these tags may be about to change: for so many milliseconds it is neither kept nor served. */
  async doubt(tags: readonly string[], ms: number): Promise<void> {
    this.#counters.cleared(tags);
    await this.#versions.change(tags, ms);
  }

  /** Ends the cache; clearings that its store does not have are tried a last time. */
  async stop(): Promise<void> {
    await this.#versions.stop();
    this.#store.end();
  }

  async #look<T>({ key, tags }: CachedRead<T>, call: Call): Promise<Looked> {
    const { found, unanswered } = this.#lookups.look(this.#prefix + key, tags);
    return found instanceof Promise ? ((await this.#store.during(call, found)) ?? unanswered) : found;
  }

  #heldBy<T>({ key, text, versions }: Looked, read: CachedRead<T>): Held<T> | undefined {
    const entry = readEntry(key, text);
    // A store that failed may have lost clearings with it.
    if (!entry || !isCurrent(entry, versions) || !this.#store.trusts(entry.loadedAt)) return undefined;
    if (entry.loadedAt < this.#versions.doubtedUntil(read.tags)) return undefined;
    const value = answerIn(entry, read);
    return value === undefined ? undefined : { value, overdue: Date.now() - entry.freshUntil };
  }

  #serve<T>(read: CachedRead<T>, { value }: Held<T>, event: 'hit' | 'stale'): T {
    this.#counters.count(read, event);
    if (value === null) throw new NotFoundError('There is none, as the ledger said lately.', { status: 404 });
    return value;
  }

  /** Loads on nobody's behalf, once for all who are served meanwhile, as long as the client is open. */
  #revalidate<T>(read: CachedRead<T>, call: Call, looked: Looked): void {
    if (this.#revalidating.has(looked.key)) return;
    call.aside?.(async (own) => {
      this.#revalidating.add(looked.key);
      const load = this.#loads.load(read, { ...call, ...own, cache: call.cache }, looked, false);
      await load.finally(() => this.#revalidating.delete(looked.key));
    });
  }
}

/** Answers a read where there is no cache for it. */
export async function loadUncached<T>(read: CachedRead<T>, call: Call): Promise<T> {
  if (call.cache === 'only-if-cached') throw notCached();
  return read.load(call);
}

function notCached(): NotCachedError {
  return new NotCachedError('There is no valid answer in the cache: read it without `only-if-cached`.');
}

function isCurrent(entry: Entry, versions: Looked['versions']): boolean {
  if (versions?.length !== entry.versions.length) return false;
  return versions.every((version, index) => version && version.text === entry.versions[index] && !isInDoubt(version));
}

function answerIn<T>({ body }: Entry, { schema, mayBeMissing }: CachedRead<T>): T | null | undefined {
  if (body === MISSING) return mayBeMissing ? null : undefined;
  return readBody(body, schema);
}

/** Whether an error says nothing of what was asked for. */
function isPassing(error: unknown): boolean {
  return error instanceof SpydraError && error.retryable;
}
