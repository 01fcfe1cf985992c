import { type Bounds, exactly } from './bounds.js';
import { compositeKey, lastAttribute, parentKey } from './composite-key.js';
import { RowSums, type TotalName } from './delta-rows.js';

/** The version of a value: the number of the block that wrote it, and the transaction's index in that block. */
export interface Version {
  readonly block: number;
  readonly tx: number;
}

/** The read set of a simulation: each key with its version, undefined if it did not exist. */
export type ReadSet = ReadonlyMap<string, Version | undefined>;

/** The write set of a simulation. */
export type WriteSet = ReadonlyMap<string, string>;

/** A readable state: the world state itself, or a simulation over it. */
export interface StateReader {
  /** The value of a key. */
  getState(key: string): string | undefined;
  /** The sum of the delta rows of a total. */
  sumRows(total: TotalName): Bounds;
}

/** The current value of every key, each with the version of its last write: Fabric's state database. */
export class WorldState implements StateReader {
  readonly #values = new Map<string, { readonly value: string; readonly version: Version }>();
  readonly #keysByParent = new Map<string, Set<string>>();
  readonly #sums = new RowSums();

  getState(key: string): string | undefined {
    return this.#values.get(key)?.value;
  }

  versionOf(key: string): Version | undefined {
    return this.#values.get(key)?.version;
  }

  sumRows(total: TotalName): Bounds {
    const { added, taken } = this.#sums.of(total);
    return exactly(added - taken);
  }

  /**
   * The next attributes of the composite keys that start with these parts, oldest first:
   * `attributesUnder('balance', 'alice')` names the assets for which alice has a balance.
   */
  attributesUnder(objectType: string, ...attributes: readonly string[]): string[] {
    const parent = compositeKey(objectType, ...attributes);
    return [...(this.#keysByParent.get(parent) ?? [])].map((key) => lastAttribute(key, parent));
  }

  /** Applies the write set of a valid transaction. */
  apply(writes: WriteSet, version: Version): void {
    for (const [key, value] of writes) {
      this.#file(key);
      this.#values.set(key, { value, version });
    }
    this.#sums.add(writes);
  }

  /** Indexes a key under its parent, and the parent under its own, up to the object type. */
  #file(key: string): void {
    const parent = parentKey(key);
    if (parent === undefined) return;
    const siblings = this.#keysByParent.get(parent);
    if (siblings) siblings.add(key);
    else {
      this.#keysByParent.set(parent, new Set([key]));
      this.#file(parent);
    }
  }
}
