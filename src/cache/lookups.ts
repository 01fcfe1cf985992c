import type { BoundedStore } from './bounded-store.js';
import type { Flights } from './flight.js';
import type { Awaitable } from './store.js';
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
  look(key: string, tags: readonly string[]): { readonly unanswered: Looked; readonly found: Awaitable<Looked> } {
    this.#round ??= this.#open();
    const { flights } = this.#round;
    const unanswered = { key, text: undefined, versions: undefined, flights };
    const keys = [key, ...tags.flatMap((tag) => [this.#keys.version(tag), this.#keys.doubt(tag)])];
    const looked = ([text, ...states]: Texts) => ({
      key,
      text,
      versions: tags.map((_, index) => readVersion(states[2 * index], states[2 * index + 1])),
      flights,
    });
    if (this.#store.isInMemory) return { unanswered, found: looked(this.#store.readNow(keys)) };
    const found = this.#round.ask(keys).then((texts) => (texts ? looked(texts) : unanswered));
    return { unanswered, found };
  }

  #open(): Round {
    const round = new Round(this.#store);
    queueMicrotask(() => {
      this.#round = undefined;
      round.begin();
    });
    return round;
  }
}

/** What stands under keys, in their order. */
type Texts = readonly (string | undefined)[];

class Round {
  readonly flights: Flights = new Map();
  readonly #store: BoundedStore;
  readonly #keys = new Set<string>();
  #found: Promise<ReadonlyMap<string, string | undefined> | undefined> | undefined;
  #begin: () => void = () => {};

  constructor(store: BoundedStore) {
    this.#store = store;
  }

  /** Undefined: the store failed. */
  async ask(keys: readonly string[]): Promise<Texts | undefined> {
    for (const key of keys) this.#keys.add(key);
    this.#found ??= this.#begun()
      .then(() => this.#read())
      .catch(() => undefined);
    const found = await this.#found;
    return found && keys.map((key) => found.get(key));
  }

  begin(): void {
    this.#begin();
  }

  #begun(): Promise<void> {
    return new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  async #read() {
    const keys = [...this.#keys];
    const values = await this.#store.read(keys);
    return new Map(keys.map((key, index) => [key, values[index]]));
  }
}
