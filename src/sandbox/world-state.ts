/** Where a value was written last: the block's number and the transaction's place in that block. */
export interface Version {
  readonly block: number;
  readonly tx: number;
}

/** What a simulation read: each key with the version it had, undefined where there was none. */
export type ReadSet = ReadonlyMap<string, Version | undefined>;

/** What a simulation wants to write. */
export type WriteSet = ReadonlyMap<string, string>;

/** Anything that answers for the value of a key: the world state itself, or a simulation over it. */
export interface StateReader {
  getState(key: string): string | undefined;
}

/** The composite key of an object, as Fabric's `CreateCompositeKey` builds it. */
export function compositeKey(objectType: string, ...attributes: readonly string[]): string {
  return [`${SEPARATOR}${objectType}`, ...attributes, ''].join(SEPARATOR);
}

/** Separates the parts of a composite key, and so may occur in none of them. */
const SEPARATOR = '\u0000';

/** The current value of every key, each with the version of its last write: Fabric's state database. */
export class WorldState implements StateReader {
  readonly #values = new Map<string, { readonly value: string; readonly version: Version }>();
  readonly #keysByPrefix = new Map<string, Set<string>>();

  getState(key: string): string | undefined {
    return this.#values.get(key)?.value;
  }

  versionOf(key: string): Version | undefined {
    return this.#values.get(key)?.version;
  }

  /**
   * The last attributes of the composite keys that start with these parts, oldest key first:
   * `attributesUnder('balance', 'alice')` names the assets for which alice has a balance.
   */
  attributesUnder(objectType: string, ...attributes: readonly string[]): string[] {
    const prefix = compositeKey(objectType, ...attributes);
    return [...(this.#keysByPrefix.get(prefix) ?? [])].map((key) => key.slice(prefix.length, -1));
  }

  /** Writes what a valid transaction wrote. */
  apply(writes: WriteSet, version: Version): void {
    for (const [key, value] of writes) {
      this.#file(key);
      this.#values.set(key, { value, version });
    }
  }

  #file(key: string): void {
    const prefix = key.slice(0, key.lastIndexOf(SEPARATOR, key.length - 2) + 1);
    const keys = this.#keysByPrefix.get(prefix) ?? new Set();
    this.#keysByPrefix.set(prefix, keys.add(key));
  }
}
