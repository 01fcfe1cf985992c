import type { BoundedStore } from './bounded-store.js';
import type { Flights } from './flight.js';
import { asVersion } from './versions.js';

/** What the store holds for a read. */
export interface Looked {
  readonly key: string;
  readonly text: string | undefined;
  /** The versions of its tags, in their order; undefined where the store failed. */
  readonly versions: readonly (string | undefined)[] | undefined;
  /** Loads for those alone who asked in the same round, by key. */
  readonly flights: Flights;
}

/** Collects what is asked for at the same time into one question to the store. */
export class Lookups {
  readonly #store: BoundedStore;
  #round: Round | undefined;

  constructor(store: BoundedStore) {
    this.#store = store;
  }

  /** Asks in a round that has not begun yet: what it finds is no older than the question. */
  look(key: string, versionKeys: readonly string[]): Promise<Looked> {
    this.#round ??= this.#open();
    return this.#round.look(key, versionKeys);
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

type Found = ReadonlyMap<string, string | undefined> | undefined;

class Round {
  readonly #keys = new Set<string>();
  readonly #looked = new Map<string, Promise<Looked>>();
  readonly #flights: Flights = new Map();
  readonly #found: Promise<Found>;
  #tell: (found: Found) => void = () => {};

  constructor() {
    this.#found = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  look(key: string, versionKeys: readonly string[]): Promise<Looked> {
    const looked = this.#looked.get(key) ?? this.#look(key, versionKeys);
    this.#looked.set(key, looked);
    return looked;
  }

  begin(store: BoundedStore): void {
    const keys = [...this.#keys];
    store.read(keys).then(
      (values) => this.#tell(new Map(keys.map((key, index) => [key, values[index]]))),
      () => this.#tell(undefined),
    );
  }

  async #look(key: string, versionKeys: readonly string[]): Promise<Looked> {
    for (const wanted of [key, ...versionKeys]) this.#keys.add(wanted);
    const found = await this.#found;
    const versions = found && versionKeys.map((wanted) => asVersion(found.get(wanted)));
    return { key, text: found?.get(key), versions, flights: this.#flights };
  }
}
