import type { BoundedStore } from './bounded-store.js';
import type { Flights } from './flight.js';
import type { TagKeys } from './tag-keys.js';
import { readVersion, type Version } from './version.js';

/** What the store holds for a read. */
export interface Looked {
  readonly key: string;
  readonly text: string | undefined;
  /** Those of its tags, in their order; undefined where the store failed. */
  readonly versions: readonly (Version | undefined)[] | undefined;
  /** Loads for those alone who asked in the same round: it begins after all of them came. */
  readonly flights: Flights;
}

/** Collects what is asked for at the same time into one question to the store. */
export class Lookups {
  readonly #store: BoundedStore;
  readonly #keys: TagKeys;
  #round: Round | undefined;

  constructor(store: BoundedStore, keys: TagKeys) {
    this.#store = store;
    this.#keys = keys;
  }

  /**
   * Asks in a round that has not begun yet: what it finds is no older than the question. With `unanswered` goes on who
   * cannot wait for that.
   */
  look(key: string, tags: readonly string[]): { readonly unanswered: Looked; readonly found: Promise<Looked> } {
    this.#round ??= this.#open();
    const { flights } = this.#round;
    const versions = tags.map((tag) => this.#keys.version(tag));
    const found = this.#round.ask([key, ...versions]).then((texts) => ({
      key,
      text: texts?.get(key),
      versions: texts && versions.map((version) => readVersion(texts.get(version))),
      flights,
    }));
    return { found, unanswered: { key, text: undefined, versions: undefined, flights } };
  }

  #open(): Round {
    const round = new Round();
    queueMicrotask(() => {
      this.#round = undefined;
      round.begin(this.#store);
    });
    return round;
  }
}

/** Texts by key; undefined: the store failed. */
type Found = ReadonlyMap<string, string | undefined> | undefined;

class Round {
  readonly flights: Flights = new Map();
  readonly #keys = new Set<string>();
  readonly #found: Promise<Found>;
  #tell: (found: Found) => void = () => {};

  constructor() {
    this.#found = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  ask(keys: readonly string[]): Promise<Found> {
    for (const key of keys) this.#keys.add(key);
    return this.#found;
  }

  begin(store: BoundedStore): void {
    const keys = [...this.#keys];
    store.read(keys).then(
      (values) => this.#tell(new Map(keys.map((key, index) => [key, values[index]]))),
      () => this.#tell(undefined),
    );
  }
}
