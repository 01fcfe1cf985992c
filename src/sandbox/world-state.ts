import { parentKey } from './composite-key.js';
import { compareKeys, SortedKeys } from './sorted-keys.js';

/** Fabric's name of what became of a transaction in its block. Only a valid one changed the state. */
export type ValidationCode = 'VALID' | 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT' | 'DUPLICATE_TXID';

/** The block that wrote a value, and the place of the transaction in it; undefined for an absent key. */
export type Version = string | undefined;

/** A range that a simulation has read. */
export interface RangeRead {
  /** The partial composite key below which it is. */
  readonly prefix: string;
  /** The last key that was read, if the range was not read to its end. */
  readonly last: string | undefined;
  /** The keys that were read, with their versions. */
  readonly rows: ReadonlyMap<string, Version>;
}

/** What a simulation has written, by key; undefined: deleted. */
export type WriteSet<Value = string> = ReadonlyMap<string, Value | undefined>;

/** The part of an endorsed transaction that validation needs. */
export interface ReadWriteSet<Value = string> {
  readonly txId: string;
  readonly reads: ReadonlyMap<string, Version>;
  readonly ranges: readonly RangeRead[];
  readonly writes: WriteSet<Value>;
}

/** A transaction of a block, and what validation found. */
export interface Validated<Value = string> extends Pick<ReadWriteSet<Value>, 'txId' | 'writes'> {
  readonly validationCode: ValidationCode;
}

/**
 * Fabric's state database: the committed value of each key, with the version of its last write, and the validation of
 * blocks against it. It depends on no HTTP and no file, so that other stand-ins of a peer can use it.
 *
 * @example
 * const codes = state.validate(block);
 * state.apply(block.map((tx, place) => ({ ...tx, validationCode: codes[place] })));
 */
export class WorldState<Value = string> {
  readonly #rows = new Map<string, { readonly value: Value; readonly version: Version }>();
  /** The keys below each partial composite key, one attribute longer. */
  readonly #children = new Map<string, SortedKeys>();
  readonly #txIds = new Set<string>();
  #height = 0;

  /** @param genesis rows that no transaction has written. */
  constructor(genesis: Iterable<readonly [key: string, value: Value]> = []) {
    for (const [key, value] of genesis) this.#put(key, value, 'genesis');
  }

  /** How many blocks were applied, which is the number of the next one. */
  get height(): number {
    return this.#height;
  }

  valueOf(key: string): Value | undefined {
    return this.#rows.get(key)?.value;
  }

  versionOf(key: string): Version {
    return this.#rows.get(key)?.version;
  }

  /** The keys below a partial composite key, in the order of their bytes. */
  *keysBelow(prefix: string): Generator<string> {
    for (const key of this.#children.get(prefix) ?? []) {
      if (this.#rows.has(key)) yield key;
      if (this.#children.has(key)) yield* this.keysBelow(key);
    }
  }

  /** Every key, in no order. */
  keys(): Iterable<string> {
    return this.#rows.keys();
  }

  /** What becomes of each transaction of the next block, which is validated after those before it. Changes nothing. */
  validate(block: readonly ReadWriteSet<Value>[]): ValidationCode[] {
    const changed = new Map<string, Version>();
    const txIds = new Set<string>();
    return block.map((transaction, place) => {
      const code = this.#validate(transaction, changed, txIds);
      txIds.add(transaction.txId);
      if (code !== 'VALID') return code;
      for (const [key, value] of transaction.writes) {
        changed.set(key, value === undefined ? undefined : this.#version(place));
      }
      return code;
    });
  }

  /** Applies a block that was validated. */
  apply(block: readonly Validated<Value>[]): void {
    for (const [place, { txId, writes, validationCode }] of block.entries()) {
      this.#txIds.add(txId);
      if (validationCode !== 'VALID') continue;
      const version = this.#version(place);
      for (const [key, value] of writes) {
        if (value === undefined) this.#delete(key);
        else this.#put(key, value, version);
      }
    }
    this.#height += 1;
  }

  #validate(
    { txId, reads, ranges }: ReadWriteSet<Value>,
    changed: ReadonlyMap<string, Version>,
    txIds: ReadonlySet<string>,
  ): ValidationCode {
    if (this.#txIds.has(txId) || txIds.has(txId)) return 'DUPLICATE_TXID';
    for (const [key, version] of reads) {
      const current = changed.has(key) ? changed.get(key) : this.versionOf(key);
      if (current !== version) return 'MVCC_READ_CONFLICT';
    }
    return ranges.every((range) => this.#isCurrent(range, changed)) ? 'VALID' : 'PHANTOM_READ_CONFLICT';
  }

  #isCurrent({ prefix, last, rows }: RangeRead, changed: ReadonlyMap<string, Version>): boolean {
    const isBehind = (key: string) => last !== undefined && compareKeys(key, last) > 0;
    for (const [key, version] of changed) {
      if (key.startsWith(prefix) && !isBehind(key) && version !== this.versionOf(key)) return false;
    }
    let found = 0;
    for (const key of this.keysBelow(prefix)) {
      if (isBehind(key)) break;
      if (!rows.has(key) || rows.get(key) !== this.versionOf(key)) return false;
      found += 1;
    }
    return found === rows.size;
  }

  #version(place: number): string {
    return `${this.#height}.${place}`;
  }

  #put(key: string, value: Value, version: Version): void {
    if (!this.#rows.has(key)) this.#addToParent(key);
    this.#rows.set(key, { value, version });
  }

  #delete(key: string): void {
    if (this.#rows.delete(key) && !this.#children.has(key)) this.#removeFromParent(key);
  }

  /** Adds a key to its parent's children, and a new parent to its own, up to the object type. */
  #addToParent(key: string): void {
    const parent = parentKey(key);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent) ?? new SortedKeys();
    siblings.add(key);
    if (this.#children.has(parent)) return;
    this.#children.set(parent, siblings);
    this.#addToParent(parent);
  }

  #removeFromParent(key: string): void {
    const parent = parentKey(key);
    const siblings = parent === undefined ? undefined : this.#children.get(parent);
    if (parent === undefined || siblings === undefined) return;
    siblings.delete(key);
    if (siblings.size > 0) return;
    this.#children.delete(parent);
    if (!this.#rows.has(parent)) this.#removeFromParent(parent);
  }
}
