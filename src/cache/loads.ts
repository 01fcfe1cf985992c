import { abortable } from '../abort.js';
import type { Call } from '../call.js';
import { NotFoundError } from '../errors.js';
import type { BoundedStore } from './bounded-store.js';
import type { CachedRead } from './cached-read.js';
import type { Counters } from './counters.js';
import { MISSING, readBody, readEntry, writeBody, writeEntry } from './entry.js';
import { Flight, type Flights } from './flight.js';
import type { Looked } from './lookups.js';
import type { CacheSettings } from './options.js';
import { isInDoubt, type Versions } from './versions.js';

/** A loaded answer. The first who waited for it gets it, the others a copy: callers may change what they get. */
interface Loaded<T> {
  readonly value: T;
  isTaken?: boolean;
}

/** How an answer is loaded. */
export interface Manner {
  /** Whether it may be kept. Default `true`. */
  readonly isKept?: boolean;
  /** Whether it may be one that is on its way, or go on from an earlier one. Default `true`. */
  readonly isShared?: boolean;
}

/** Asks the ledger, once for all who want the same of the same versions, and keeps what it answers. */
export class Loads {
  readonly #store: BoundedStore;
  readonly #versions: Versions;
  readonly #settings: CacheSettings;
  readonly #counters: Counters;
  readonly #flights: Flights = new Map();

  constructor(store: BoundedStore, versions: Versions, settings: CacheSettings, counters: Counters) {
    this.#store = store;
    this.#versions = versions;
    this.#settings = settings;
    this.#counters = counters;
  }

  /** @throws what the ledger throws; the call's own error when that ends first. */
  async load<T>(
    read: CachedRead<T>,
    call: Call,
    looked: Looked,
    { isKept = true, isShared = true }: Manner = {},
  ): Promise<T> {
    const versions = isKept ? await abortable(this.#versionsFor(read, looked), call.signal) : undefined;
    const earlier = isShared ? earlierOf(read, looked) : undefined;
    const ask = (shared: Call) => this.#ask(read, shared, looked.key, versions, earlier);
    // Under current versions: what is on its way began after the last write that is done.
    if (versions && isShared)
      return this.#join(read, call, looked, this.#flights, [looked.key, ...versions].join(' '), ask);
    // Else only those who looked together: it begins after all of them came.
    return this.#join(read, call, looked, looked.flights, looked.key, ask);
  }

  async #join<T>(
    read: CachedRead<T>,
    call: Call,
    { versions }: Looked,
    flights: Flights,
    id: string,
    ask: (call: Call) => Promise<Loaded<T>>,
  ): Promise<T> {
    let flight = flights.get(id) as Flight<Loaded<T>> | undefined;
    if (flight?.isOpen) this.#counters.count(read, 'coalesced');
    else {
      this.#counters.count(read, versions ? 'miss' : 'error');
      flight = new Flight(call, ask);
      flights.set(id, flight);
    }
    try {
      const loaded = await flight.join(call);
      return copyOf(loaded, read);
    } finally {
      if (flights.get(id) === flight && !flight.isOnItsWay) flights.delete(id);
    }
  }

  /** The versions under which an answer can be kept; undefined: it cannot. */
  async #versionsFor<T>({ tags }: CachedRead<T>, { versions }: Looked): Promise<readonly string[] | undefined> {
    if (!versions) return undefined;
    const known = await Promise.all(tags.map((tag, index) => versions[index] ?? this.#versions.establish(tag)));
    const isCertain = (version: string | undefined): version is string => version !== undefined && !isInDoubt(version);
    return known.every(isCertain) ? known : undefined;
  }

  async #ask<T>(
    read: CachedRead<T>,
    call: Call,
    key: string,
    versions: readonly string[] | undefined,
    earlier: T | undefined,
  ): Promise<Loaded<T>> {
    const { ttl, grace } = this.#settings;
    const loadedAt = Date.now();
    const keep = async (body: () => string, freshFor: number, keptFor: number) => {
      if (!versions || keptFor <= 0) return;
      const text = writeEntry({ versions, loadedAt, freshUntil: loadedAt + freshFor, body: body() });
      // Whether it is kept is no concern of the caller's.
      await this.#store.write(key, text, keptFor).catch(() => {});
    };
    try {
      const value = await read.load(call, earlier);
      const kept = read.keep ? read.keep(value) : { value, isServed: true };
      if (kept) {
        const freshFor = kept.isServed ? ttl[read.namespace] : 0;
        await keep(() => bodyOf(kept.value, read), freshFor, Math.max(read.keptFor ?? 0, freshFor + grace));
      }
      return { value };
    } catch (error) {
      if (read.mayBeMissing && error instanceof NotFoundError) await keep(() => MISSING, ttl.notFound, ttl.notFound);
      throw error;
    }
  }
}

function earlierOf<T>({ keptFor, schema }: CachedRead<T>, { text }: Looked): T | undefined {
  const entry = keptFor === undefined ? undefined : readEntry(text);
  return entry && readBody(entry.body, schema);
}

function bodyOf<T>(value: T, { pack }: CachedRead<T>): string {
  return writeBody(pack ? pack(value) : value);
}

function copyOf<T>(loaded: Loaded<T>, read: CachedRead<T>): T {
  const isFirst = !loaded.isTaken;
  loaded.isTaken = true;
  return isFirst ? loaded.value : (readBody(bodyOf(loaded.value, read), read.schema) ?? loaded.value);
}
