import type * as z from 'zod/mini';
import type { Call } from '../core/call.js';
import { stringifyJson } from '../core/json.js';
import { SharedLoad } from '../core/shared-load.js';
import { NotFoundError } from '../errors.js';
import type { Moment } from './clocks.js';
import type { CacheNamespace, Counters } from './counters.js';
import { MISSING, readBody, writeEntry } from './entry.js';
import type { GuardedStore } from './guarded-store.js';
import type { CacheSettings } from './options.js';
import type { Get, Versions } from './versions.js';

/** A read that may be answered from the cache. */
export interface CachedRead<T> {
  readonly namespace: CacheNamespace;
  /** Tells it from all others. */
  readonly key: string;
  /** What its answer depends on: a write that touches one of these invalidates it. */
  readonly tags: readonly string[];
  /** What its answer must hold when it comes out of the store. */
  readonly schema: z.ZodMiniType<T>;
  /** Asks the ledger. */
  load(call: Call): Promise<T>;
  /** The answer as JSON can say it. Default: as it is. */
  pack?(value: T): unknown;
  /** Whether an answer may be kept. Default: any may. */
  isFinal?(value: T): boolean;
  /** Whether it may be served when its time is over, where the options say so. */
  readonly mayBeStale?: boolean;
  /** Whether it may be kept that there is none, where the options say so. */
  readonly mayBeMissing?: boolean;
}

/** What the store holds for a read. */
export interface Lookup {
  readonly key: string;
  /** Undefined where it cannot be known: the store failed, or lacks an invalidation. */
  readonly get?: Get | undefined;
  /** The same for reads that asked the store together: a load after that begins after all of them. */
  readonly batch: number;
}

/** A load that several reads may wait for. */
interface Load<T> {
  readonly shared: SharedLoad<T>;
  /** Reads with one of these may wait for it. */
  readonly ids: readonly string[];
  readonly begunAt: Moment;
  /** Of the read's tags, if the result may be kept. */
  readonly versions: readonly string[] | undefined;
  /** Resolves when the result has been given to the store, if it is. */
  kept?: Promise<void>;
  /** The result as the store gets it, before a caller could change it. */
  body?: string;
  /** Whether a load of the same key that began later has a result: this one is not kept, and not joined any more. */
  isOutdated?: boolean;
}

/** What a cache is made of. */
interface Parts {
  readonly settings: CacheSettings;
  readonly store: GuardedStore;
  readonly versions: Versions;
  readonly counters: Counters;
}

/** Asks the ledger, once for all reads that want the same, and keeps what it returns. */
export class Loads {
  readonly #parts: Parts;
  /** Those of each key that have not ended, as they began. */
  readonly #running = new Map<string, Set<Load<unknown>>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Loads, or waits for a load that has begun.
   *
   * @throws what the ledger throws; the call's own error when that ends first.
   */
  async load<T>(read: CachedRead<T>, call: Call, { key, get, batch }: Lookup): Promise<T> {
    const { store, versions, counters } = this.#parts;
    const current = get && (await store.during(call, versions.establish(read.tags, get)));
    const begunAt = store.clocks.now;
    const isCertain = get !== undefined && versions.areCertain(read.tags, get, begunAt);
    // A load under the current versions began after the last write that is done; unless a write was uncertain then, or
    // the store has failed since. Where there are none, and for a reload, only reads of one batch share a load.
    const usual = this.#idOf(call, current?.length ? [...current, isCertain, store.circuit.failedAt] : [batch]);
    const isReload = call.cache === 'reload';
    const id = isReload ? this.#idOf(call, [batch]) : usual;
    const running = [...(this.#running.get(key) ?? [])].findLast(
      ({ ids, isOutdated }) => !isOutdated && ids.includes(id),
    );
    const joined = running?.shared.isOpen ? (running as Load<T>) : undefined;
    const other = get ? 'misses' : 'errors';
    counters.count(read, joined ? 'coalesced' : other);
    const load: Load<T> = joined ?? {
      shared: new SharedLoad(call, (each) => read.load(each)),
      // Later reads wait for what was reloaded last.
      ids: [id, usual],
      begunAt,
      versions: isCertain ? current : undefined,
    };
    load.kept ??= this.#keep(read, key, load);
    const value = await load.shared.join(call);
    // Of a load that is to be cached for its caller, until it is.
    if (isReload) await store.during(call, load.kept);
    return (joined?.body === undefined ? undefined : readBody(joined.body, read.schema)) ?? value;
  }

  /** Calls whose requests would differ, in more than what traces them, do not share a load. */
  #idOf({ client, timeout, retries, headers, limit }: Call, state: readonly unknown[]): string {
    const { tracingHeaders } = this.#parts.settings;
    const names = Object.keys(headers).filter((name) => !tracingHeaders.includes(name));
    const sent = names.sort().map((name) => [name, headers[name]]);
    return JSON.stringify([state, client, timeout, retries.id, sent, limit !== undefined]);
  }

  /** Keeps the result, unless that of a load which began later was kept before. */
  async #keep<T>(read: CachedRead<T>, key: string, load: Load<T>): Promise<void> {
    const { settings, store } = this.#parts;
    const running = this.#running.get(key) ?? new Set();
    this.#running.set(key, running.add(load));
    const keep = async (body: string, lifetime: number) => {
      if (load.isOutdated) return;
      for (const other of running) {
        if (other === load) break;
        other.isOutdated = true;
      }
      const { begunAt: loadedAt, versions } = load;
      if (!versions || lifetime === 0) return;
      await store.offer(key, writeEntry({ key, versions, loadedAt, lifetime, body }), lifetime + settings.grace);
    };
    try {
      const value = await load.shared.result;
      load.body = stringifyJson(read.pack ? read.pack(value) : value);
      await keep(load.body, read.isFinal?.(value) === false ? 0 : settings.ttl[read.namespace]);
    } catch (error) {
      // A result that cannot be written is not kept.
      if (error instanceof NotFoundError) await keep(MISSING, read.mayBeMissing ? settings.ttl.notFound : 0);
    } finally {
      running.delete(load);
      if (running.size === 0) this.#running.delete(key);
    }
  }
}
