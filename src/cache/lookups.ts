import type { BoundedStore } from './bounded-store.js';
import type { Flights } from './flight.js';
import { asVersion, type Versions } from './versions.js';

/** What the store knows of a tag. */
interface TagState {
  readonly version: string | undefined;
  readonly isInDoubt: boolean;
}

/** What the store holds for a read. */
export interface Looked {
  readonly key: string;
  readonly text: string | undefined;
  /** Its tags, in their order; undefined where the store failed. */
  readonly tags: readonly TagState[] | undefined;
  /** Loads for those alone who asked in the same round. */
  readonly flights: Flights;
}

/** Collects what is asked for at the same time into one question to the store. */
export class Lookups {
  readonly #store: BoundedStore;
  readonly #versions: Versions;
  #round: Round | undefined;

  constructor(store: BoundedStore, versions: Versions) {
    this.#store = store;
    this.#versions = versions;
  }

  /** Asks in a round that has not begun yet: what it finds is no older than the question. */
  async look(key: string, tags: readonly string[]): Promise<Looked> {
    this.#round ??= this.#open();
    const { flights } = this.#round;
    const keys = tags.map((tag) => [this.#versions.versionKey(tag), this.#versions.doubtKey(tag)] as const);
    const found = await this.#round.ask([key, ...keys.flat()]);
    const states = keys.map(([version, doubt]) => ({
      version: asVersion(found?.get(version)),
      isInDoubt: found?.get(doubt) !== undefined,
    }));
    return { key, text: found?.get(key), tags: found && states, flights };
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
