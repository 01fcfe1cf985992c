import type * as z from 'zod';
import type { Call } from '../core/call.js';
import { SharedLoad } from '../core/shared-load.js';
import { NotFoundError } from '../errors.js';
import type { Clocks, Moment } from './clocks.js';
import type { CacheNamespace, Counters } from './counters.js';
import { MISSING, readBody, writeBody, writeEntry } from './entry.js';
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
  readonly schema: z.ZodType<T>;
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
class Load<T> extends SharedLoad<T> {
  /** Reads with one of these may wait for it. */
  readonly ids: readonly string[];
  readonly begunAt: Moment;
  /** The result as the store gets it, before a caller could change it. */
  body: string | undefined;
  /** Resolves when the result has been given to the store, if it is. */
  kept: Promise<unknown> = Promise.resolve();
  /** Whether the result of a load of the same key that began later was kept. */
  isOutdated = false;

  constructor(ids: readonly string[], begunAt: Moment, call: Call, load: (call: Call) => Promise<T>) {
    super(call, load);
    this.ids = ids;
    this.begunAt = begunAt;
  }
}

/** What a cache is made of. */
interface Parts {
  readonly settings: CacheSettings;
  readonly store: GuardedStore;
  readonly versions: Versions;
  readonly clocks: Clocks;
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
  async load<T>(read: CachedRead<T>, call: Call, lookup: Lookup): Promise<T> {
    const { store, versions, counters, clocks } = this.#parts;
    const { key, get, batch } = lookup;
    const current = get && (await store.during(call, versions.establish(read.tags, get)));
    // A load under the current versions began after the last write that is done. Where there are none, and for a reload,
    // only reads of one batch share a load.
    const usual = this.#idOf(call, current?.length ? current : batch);
    // Later reads wait for what was reloaded last.
    const ids = call.cache === 'reload' ? [this.#idOf(call, batch), usual] : [usual];
    const known = [...(this.#running.get(key) ?? [])].findLast((load) => load.ids.includes(ids[0] as string));
    if (known?.isOpen && this.#mayJoin(known, read, get)) {
      counters.count(read, 'coalesced');
      const value = await this.#wait(known as Load<T>, call);
      return (known.body === undefined ? undefined : readBody(known.body, read.schema)) ?? value;
    }
    counters.count(read, get ? 'miss' : 'error');
    const begunAt = clocks.now;
    const load = new Load<T>(ids, begunAt, call, (each) => read.load(each));
    const isCertain = get !== undefined && versions.areCertain(read.tags, get, begunAt);
    load.kept = this.#keep(read, key, load, isCertain ? current : undefined);
    return this.#wait(load, call);
  }

  /** Whether a load's result is as good as one of a load that begins now. */
  #mayJoin({ begunAt }: Load<unknown>, { tags }: CachedRead<unknown>, get: Get | undefined): boolean {
    const { store, versions, clocks } = this.#parts;
    if (!get) return true;
    if (!store.trusts(begunAt)) return false;
    return versions.areCertain(tags, get, begunAt) || !versions.areCertain(tags, get, clocks.now);
  }

  /** Of a load that is to be cached for its caller, until it is. */
  async #wait<T>(load: Load<T>, call: Call): Promise<T> {
    const value = await load.join(call);
    if (call.cache === 'reload') await this.#parts.store.during(call, load.kept);
    return value;
  }

  /** Calls whose requests would differ, in more than what traces them, do not share a load. */
  #idOf({ client, timeout, retries, headers, limit }: Call, state: readonly string[] | number): string {
    const { tracingHeaders } = this.#parts.settings;
    const names = Object.keys(headers).filter((name) => !tracingHeaders.includes(name));
    const sent = names.sort().map((name) => [name, headers[name]]);
    return JSON.stringify([state, client, timeout, retries.id, sent, limit !== undefined]);
  }

  /** Keeps the result under these versions, if any, unless that of a load which began later was kept before. */
  async #keep<T>(read: CachedRead<T>, key: string, load: Load<T>, versions?: readonly string[]): Promise<void> {
    const { settings, store } = this.#parts;
    const running = this.#running.get(key) ?? new Set();
    this.#running.set(key, running.add(load));
    const keep = async (body: string, lifetime: number) => {
      if (load.isOutdated) return;
      for (const other of running) {
        if (other === load) break;
        other.isOutdated = true;
      }
      if (!versions || lifetime === 0) return;
      const text = writeEntry({ key, versions, loadedAt: load.begunAt, lifetime, body });
      await store.offer(key, text, lifetime + settings.grace);
    };
    try {
      const value = await load.result;
      load.body = writeBody(read.pack ? read.pack(value) : value);
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
