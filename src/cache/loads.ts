import type { Call } from '../core/call.js';
import { SharedLoad } from '../core/shared-load.js';
import { NotFoundError } from '../errors.js';
import type { CachedRead } from './cached-read.js';
import type { Clocks, Moment } from './clocks.js';
import type { Counters } from './counters.js';
import { MISSING, readBody, writeBody, writeEntry } from './entry.js';
import type { GuardedStore } from './guarded-store.js';
import type { CacheSettings } from './options.js';
import type { Get, Versions } from './versions.js';

/** What a cache is made of. */
export interface Parts {
  readonly settings: CacheSettings;
  readonly store: GuardedStore;
  readonly versions: Versions;
  readonly clocks: Clocks;
  readonly counters: Counters;
}

/** What the store holds for a read. */
export interface Lookup {
  readonly key: string;
  /** Undefined where it cannot be known: the store failed, or lacks an invalidation. */
  readonly get?: Get;
  /** The same for reads that asked the store together: a load after that begins after all of them. */
  readonly batch: number;
}

/** A load that several reads may wait for. */
class Load<T> extends SharedLoad<T> {
  /** When it began. */
  readonly begunAt: Moment;
  /** The result as the store gets it, before a caller could change it. */
  body: string | undefined;
  /** Resolves when the result has been given to the store, if it is. */
  kept: Promise<unknown> = Promise.resolve();

  constructor(begunAt: Moment, call: Call, load: (call: Call) => Promise<T>) {
    super(call, load);
    this.begunAt = begunAt;
  }
}

/** Loads of one key, numbered as they begin. */
interface Order {
  inFlight: number;
  begun: number;
  /** The latest one whose result was kept. */
  kept: number;
}

/** Asks the ledger, once for all reads that want the same, and keeps what it returns. */
export class Loads {
  readonly #parts: Parts;
  readonly #inFlight = new Map<string, Load<unknown>>();
  readonly #orders = new Map<string, Order>();

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
    const isReload = call.cache === 'reload';
    const request = this.#requestOf(call);
    // A load under the current versions began after the last write that is done. Where there are none, and for a reload,
    // only reads of one batch share a load.
    const usual = JSON.stringify([key, current?.length ? current : batch, request]);
    const id = isReload ? JSON.stringify([key, batch, request]) : usual;
    const known = this.#inFlight.get(id) as Load<T> | undefined;
    if (known?.isOpen && this.#mayJoin(known, read, get)) {
      counters.count(read, 'coalesced');
      const value = await this.#wait(known, call);
      return (known.body === undefined ? undefined : readBody(known.body, read.schema)) ?? value;
    }
    counters.count(read, get ? 'miss' : 'error');
    const loadedAt = this.#parts.clocks.now;
    const isCertain = get !== undefined && versions.areCertain(read.tags, get, loadedAt);
    const keep = (body: string, lifetime: number) => {
      if (!current || !isCertain || lifetime === 0) return undefined;
      const text = writeEntry({ key, versions: current, loadedAt, lifetime, body });
      return store.offer(key, text, lifetime + this.#parts.settings.grace);
    };
    // Later reads wait for what was reloaded last.
    return this.#wait(this.#begin(read, call, key, loadedAt, isReload ? [id, usual] : [id], keep), call);
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
  #requestOf({ client, timeout, retries, headers, limit }: Call): readonly unknown[] {
    const sent = Object.entries(headers)
      .filter(([name]) => !this.#parts.settings.tracingHeaders.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return [client, timeout, retries.id, sent, limit !== undefined];
  }

  #begin<T>(
    read: CachedRead<T>,
    call: Call,
    key: string,
    begunAt: Moment,
    ids: readonly string[],
    keep: (body: string, lifetime: number) => unknown,
  ): Load<T> {
    const { ttl } = this.#parts.settings;
    const order = this.#orders.get(key) ?? { inFlight: 0, begun: 0, kept: 0 };
    const number = ++order.begun;
    order.inFlight++;
    this.#orders.set(key, order);
    /** Unless a load that began later was kept before. */
    const keepLatest = (body: string, lifetime: number) => {
      if (order.kept > number) return undefined;
      order.kept = number;
      return keep(body, lifetime);
    };
    const load = new Load<T>(begunAt, call, (each) => read.load(each));
    for (const id of ids) this.#inFlight.set(id, load);
    const kept = load.result.then(
      (value) => {
        load.body = writeBody(read.pack ? read.pack(value) : value);
        return keepLatest(load.body, read.isFinal?.(value) === false ? 0 : ttl[read.namespace]);
      },
      (error: unknown) => {
        if (error instanceof NotFoundError) return keepLatest(MISSING, read.mayBeMissing ? ttl.notFound : 0);
      },
    );
    const end = () => {
      for (const id of ids) if (this.#inFlight.get(id) === load) this.#inFlight.delete(id);
      if (--order.inFlight === 0) this.#orders.delete(key);
    };
    // A result that cannot be written is not kept.
    load.kept = kept.then(end, end);
    return load;
  }
}
