import type * as z from 'zod/mini';
import type { Call } from '../core/call.js';
import { copyJson, stringifyJson } from '../core/json.js';
import { SharedLoad } from '../core/shared-load.js';
import { NotFoundError } from '../errors.js';
import type { Moment } from './clocks.js';
import type { CacheNamespace, Counters } from './counters.js';
import { MISSING, writeEntry } from './entry.js';
import type { GuardedStore } from './guarded-store.js';
import type { CacheSettings } from './options.js';
import type { Get, Tag, Versions } from './versions.js';

/** A read that may be served from the cache. */
export interface CachedRead<T> {
  readonly namespace: CacheNamespace;
  /** Tells it from all others. */
  readonly key: string;
  /** What its result depends on: a write that touches one of these invalidates it. */
  readonly tags: readonly string[];
  /** What its result must hold when it comes out of the store. */
  readonly schema: z.ZodMiniType<T>;
  /** Reads the ledger. */
  load(call: Call): Promise<T>;
  /** The result in a form that JSON has. Default: as it is. */
  pack?(value: T): unknown;
  /** Whether a result may be kept. Default: any may. */
  isFinal?(value: T): boolean;
  /** Whether it may be served when its time is over, where the options say so. */
  readonly mayBeStale?: boolean;
  /** Whether it may be kept that there is none, where the options say so. */
  readonly mayBeMissing?: boolean;
}

/** What the store holds for a read. */
export interface Lookup {
  /** Of the entry. */
  readonly key: string;
  readonly tags: readonly Tag[];
  /** Undefined where it cannot be known: the store failed, or lacks an invalidation. */
  readonly get: Get | undefined;
  /** The same for reads that share a request to the store: a load after that begins after all of them. */
  readonly batch: number;
}

/** A load that several reads may wait for. */
interface Load<T> {
  /** Loads of a key are numbered as they begin. */
  readonly number: number;
  readonly shared: SharedLoad<T>;
  /** Reads with one of these may wait for it. */
  readonly ids: readonly string[];
  readonly begunAt: Moment;
  /** Of the read's tags, if the result may be kept. */
  readonly versions: readonly string[] | undefined;
  /** Whether it reloads an entry. */
  readonly isReplacing: boolean;
  /** Resolves when the result has been given to the store, if it is. */
  kept?: Promise<void>;
}

/** The loads of one key that have not ended. */
interface Running {
  readonly byId: Map<string, Load<unknown>>;
  count: number;
  /** The number of the last one that has begun. */
  begun: number;
  /** The number of the latest one that has a result: earlier ones are not kept, and not joined any more. */
  latest: number;
}

/** What a cache is made of. */
interface Parts {
  readonly settings: CacheSettings;
  /** Milliseconds for which an entry is stored beyond its lifetime. */
  readonly grace: number;
  readonly store: GuardedStore;
  readonly versions: Versions;
  readonly counters: Counters;
}

/** Reads the ledger, once for all reads that want the same, and keeps what it returns. */
export class Loads {
  readonly #parts: Parts;
  readonly #running = new Map<string, Running>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Loads, or waits for a load that has begun.
   *
   * @throws what the ledger throws; the call's own error when that ends first.
   */
  async load<T>(read: CachedRead<T>, call: Call, { key, tags, get, batch }: Lookup): Promise<T> {
    const { store, versions, counters } = this.#parts;
    const current = get && (await store.during(call, versions.establish(tags, get)));
    const begunAt = store.clocks.now;
    const isCertain = get !== undefined && versions.areCertain(tags, get, begunAt);
    // A load under the current versions began after the last write that is done; unless a write was uncertain then, or
    // the store has failed since. Where there are none, and for a reload, only reads of one batch share a load.
    const usual = this.#idOf(call, current?.length ? [...current, isCertain, store.circuit.failedAt] : [batch]);
    const isReload = call.cache === 'reload';
    const id = isReload ? this.#idOf(call, [batch]) : usual;
    const running = this.#running.get(key) ?? { byId: new Map<string, Load<T>>(), count: 0, begun: 0, latest: 0 };
    const known = running.byId.get(id) as Load<T> | undefined;
    const joined = known?.shared.isOpen && known.number >= running.latest ? known : undefined;
    const other = get ? 'misses' : 'errors';
    counters.count(read, joined ? 'coalesced' : other);
    const load: Load<T> = joined ?? {
      number: ++running.begun,
      shared: new SharedLoad(call, (each) => read.load(each)),
      // Later reads wait for what was reloaded last.
      ids: [id, usual],
      begunAt,
      versions: isCertain ? current : undefined,
      isReplacing: isReload && get?.(key) !== undefined,
    };
    load.kept ??= this.#keep(read, key, load, running);
    const value = await load.shared.join(call);
    // Of a load that is to be cached for its caller, until it is.
    if (isReload) await store.during(call, load.kept);
    // Callers may change what they get.
    return copyJson(value);
  }

  /** Calls whose requests would differ, in more than what traces them, do not share a load. */
  #idOf({ client, timeout, retries, headers, limit }: Call, state: readonly unknown[]): string {
    const { tracingHeaders } = this.#parts.settings;
    const names = Object.keys(headers).filter((name) => !tracingHeaders.includes(name));
    const sent = names.sort().map((name) => [name, headers[name]]);
    return JSON.stringify([state, client, timeout, retries.id, sent, limit !== undefined]);
  }

  /** Keeps the result, unless that of a load which began later was kept before. */
  async #keep<T>(read: CachedRead<T>, key: string, load: Load<T>, running: Running): Promise<void> {
    const { settings, grace, store } = this.#parts;
    this.#running.set(key, running);
    running.count++;
    for (const id of load.ids) running.byId.set(id, load);
    const keep = async (body: string, lifetime: number) => {
      if (load.number < running.latest) return;
      running.latest = load.number;
      const { begunAt: loadedAt, versions } = load;
      if (!versions) return;
      // What a reload returned and is not kept still replaces the entry: a later read must not return that.
      if (lifetime === 0) return load.isReplacing ? store.offer(key, '', 1) : undefined;
      return store.offer(key, writeEntry(key, { versions, loadedAt, lifetime, body }), lifetime + grace);
    };
    try {
      const value = await load.shared.result;
      await keep(
        stringifyJson(read.pack ? read.pack(value) : value),
        read.isFinal?.(value) === false ? 0 : settings.ttl[read.namespace],
      );
    } catch (error) {
      // A result that cannot be written is not kept.
      if (error instanceof NotFoundError) await keep(MISSING, read.mayBeMissing ? settings.ttl.notFound : 0);
    } finally {
      for (const id of load.ids) if (running.byId.get(id) === load) running.byId.delete(id);
      if (--running.count === 0) this.#running.delete(key);
    }
  }
}
