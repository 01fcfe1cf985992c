import type { Call } from '../call.js';
import { NotFoundError } from '../errors.js';
import type { BoundedStore } from './bounded-store.js';
import type { CachedRead } from './cached-read.js';
import type { Counters } from './counters.js';
import { MISSING, readBody, writeBody, writeEntry } from './entry.js';
import { Flight, type Flights } from './flight.js';
import type { Looked } from './lookups.js';
import type { CacheSettings } from './options.js';
import { isInDoubt, type Version } from './version.js';
import type { Versions } from './versions.js';

/** Where an answer is kept, and under which versions of its tags. */
interface Place {
  readonly key: string;
  readonly versions: readonly string[];
}

/** Asks the ledger, once for all who want the same of the same versions, and keeps what it answers. */
export class Loads {
  readonly #store: BoundedStore;
  readonly #versions: Versions;
  readonly #settings: CacheSettings;
  readonly #counters: Counters;
  readonly #flights: Flights = new Map();
  /** All that are on their way, by what they load, in the order in which they began. */
  readonly #byKey = new Map<string, Set<Flight<unknown>>>();

  constructor(store: BoundedStore, versions: Versions, settings: CacheSettings, counters: Counters) {
    this.#store = store;
    this.#versions = versions;
    this.#settings = settings;
    this.#counters = counters;
  }

  /**
   * Loads, or waits for who loads.
   *
   * @param isOwed - whether the store lacks a clearing, so that its versions mean nothing
   * @throws what the ledger throws; the call's own error when that ends first.
   */
  async load<T>(read: CachedRead<T>, call: Call, looked: Looked, isOwed: boolean): Promise<T> {
    const versions = isOwed ? undefined : await this.#store.during(call, this.#versionsFor(read, looked));
    const isReload = call.cache === 'reload';
    // Under current versions what is on its way began after the last write that is done. Else, and for who wants it
    // new, only those who looked together load together: it begins after all of them came.
    // What has no tag, no write clears.
    const isShared = versions && versions.length > 0 && !isReload;
    const flights = isShared ? this.#flights : looked.flights;
    const id = [looked.key, versions?.map(({ text }) => text), mannerOf(call)].join('\n');
    const known = flights.get(id) as Flight<T> | undefined;
    if (known?.isOpen) {
      this.#counters.count(read, 'coalesced');
      return this.#land(known, read, call);
    }
    this.#counters.count(read, looked.versions ? 'miss' : 'error');
    const isKept = versions && !versions.some(isInDoubt) && this.#versions.doubtedUntil(read.tags) <= Date.now();
    const place = isKept ? { key: looked.key, versions: versions.map(({ text }) => text) } : undefined;
    const flight = this.#begin(read, call, place, looked.key, [flights, id]);
    // Who comes from now on waits for what was asked for last.
    if (isReload && versions) this.#flights.set(id, flight);
    return this.#land(flight, read, call);
  }

  /** The versions of the tags; undefined: the store does not keep them. */
  async #versionsFor<T>(read: CachedRead<T>, { versions }: Looked): Promise<readonly Version[] | undefined> {
    if (!versions) return undefined;
    const known = await Promise.all(read.tags.map((tag, index) => versions[index] ?? this.#versions.establish(tag)));
    return known.every((version) => version !== undefined) ? known : undefined;
  }

  #begin<T>(
    read: CachedRead<T>,
    call: Call,
    place: Place | undefined,
    key: string,
    [flights, id]: [Flights, string],
  ): Flight<T> {
    const loadedAt = Date.now();
    const flight = new Flight<T>(call, (shared) => read.load(shared));
    const sameKey = this.#byKey.get(key) ?? new Set<Flight<unknown>>();
    this.#byKey.set(key, sameKey.add(flight));
    flights.set(id, flight);
    // This comes before anybody who waits. Until it is kept, who comes finds it here.
    const kept = flight.result.then(
      (value) => {
        if (place || flight.isShared) flight.body = bodyOf(value, read);
        if (flight.isOutdated) return;
        outdate(sameKey, flight);
        return this.#keep(read, value, flight.body, place, loadedAt);
      },
      (error: unknown) => {
        if (flight.isOutdated || !(error instanceof NotFoundError)) return;
        outdate(sameKey, flight);
        return this.#keepMissing(read, place, loadedAt);
      },
    );
    const landed = () => {
      if (flights.get(id) === flight) flights.delete(id);
      if (this.#flights.get(id) === flight) this.#flights.delete(id);
      sameKey.delete(flight);
      if (sameKey.size === 0 && this.#byKey.get(key) === sameKey) this.#byKey.delete(key);
    };
    // An answer that cannot be written down is not kept.
    flight.kept = kept.then(landed, landed);
    return flight;
  }

  /** Waits for a load; one that is to be cached for a caller who asked for that, until it is. */
  async #land<T>(flight: Flight<T>, read: CachedRead<T>, call: Call): Promise<T> {
    const value = await flight.join(call);
    if (call.cache === 'reload') await this.#store.during(call, flight.kept);
    return take(value, flight, read);
  }

  async #keep<T>(
    read: CachedRead<T>,
    value: T,
    body: string | undefined,
    place: Place | undefined,
    loadedAt: number,
  ): Promise<void> {
    if (!place || body === undefined || read.isFinal?.(value) === false) return;
    await this.#write(place, body, loadedAt, this.#settings.ttl[read.namespace]);
  }

  async #keepMissing<T>({ mayBeMissing }: CachedRead<T>, place: Place | undefined, loadedAt: number): Promise<void> {
    const { notFound } = this.#settings.ttl;
    if (place && mayBeMissing && notFound > 0) await this.#write(place, MISSING, loadedAt, notFound);
  }

  async #write(place: Place, body: string, loadedAt: number, freshFor: number): Promise<void> {
    const text = writeEntry({ ...place, loadedAt, freshUntil: loadedAt + freshFor, body });
    // Whether it is kept is no concern of the caller's.
    await this.#store.write(place.key, text, freshFor + this.#settings.grace).catch(() => {});
  }
}

/** Those that began before a load are not kept any more: they may be older than what it answered. */
function outdate(sameKey: Iterable<Flight<unknown>>, flight: Flight<unknown>): void {
  for (const earlier of sameKey) {
    if (earlier === flight) return;
    earlier.isOutdated = true;
  }
}

/** Calls that would make another request do not wait for each other's. */
function mannerOf({ client, timeout, headers, limit }: Call): string {
  return JSON.stringify([client, timeout, headers, limit !== undefined]);
}

function bodyOf<T>(value: T, { pack }: CachedRead<T>): string {
  return writeBody(pack ? pack(value) : value);
}

function take<T>(value: T, flight: Flight<T>, read: CachedRead<T>): T {
  if (flight.isTaken) return readBody(flight.body ?? bodyOf(value, read), read.schema) ?? value;
  flight.isTaken = true;
  return value;
}
