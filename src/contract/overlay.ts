import { canonicalJson, type JsonObject, parseRow } from './json.js';
import type { Key } from './keys.js';
import { type StateRow, type Stub, toBytes, toText } from './stub.js';

/**
 * The state as a transaction leaves it: committed rows, and over them what it has written. Fabric shows a transaction
 * only committed rows, and the orders of a batch must see what those before them have done.
 */
export class Overlay {
  readonly #stub: Stub;
  readonly #below: Overlay | undefined;
  /** Committed values that were read, in the lowest overlay. */
  readonly #reads = new Map<string, Promise<string | undefined>>();
  readonly #ranges = new Map<string, readonly StateRow[]>();
  /** Written values; undefined: deleted. */
  readonly #writes = new Map<string, string | undefined>();

  constructor(stub: Stub, below?: Overlay) {
    this.#stub = stub;
    this.#below = below;
  }

  /** An overlay over this one, whose writes are dropped unless it is merged. */
  fork(): Overlay {
    return new Overlay(this.#stub, this);
  }

  /** Writes into the overlay below what was written here. */
  merge(): void {
    if (this.#below === undefined) return;
    for (const [name, text] of this.#writes) this.#below.#writes.set(name, text);
  }

  async get(key: Key): Promise<JsonObject | undefined> {
    const name = this.#nameOf(key);
    const written = this.#written(name);
    const text = written === undefined ? await this.#committed(name) : written.text;
    return text === undefined ? undefined : toRow(text);
  }

  /** A row that this transaction has put. Reads no committed row, and so adds nothing to the read set. */
  written(key: Key): JsonObject | undefined {
    const text = this.#written(this.#nameOf(key))?.text;
    return text === undefined ? undefined : toRow(text);
  }

  put(key: Key, fields: JsonObject): void {
    const [docType] = key;
    this.#writes.set(this.#nameOf(key), canonicalJson({ ...fields, docType }));
  }

  delete(key: Key): void {
    this.#writes.set(this.#nameOf(key), undefined);
  }

  /** Committed rows below a key, in the order of their keys, without those that this transaction has deleted. */
  async *committedBelow(key: Key): AsyncGenerator<JsonObject> {
    for await (const row of this.#range(key)) {
      const written = this.#written(row.key);
      const isDeleted = written !== undefined && written.text === undefined;
      const text = toText(row.value);
      if (text !== undefined && !isDeleted) yield toRow(text);
    }
  }

  /** Hands what was written to Fabric, which sorts it by key. */
  async flush(): Promise<void> {
    for (const [name, text] of this.#writes) {
      await (text === undefined ? this.#stub.deleteState(name) : this.#stub.putState(name, toBytes(text)));
    }
  }

  #written(name: string): { readonly text: string | undefined } | undefined {
    if (this.#writes.has(name)) return { text: this.#writes.get(name) };
    return this.#below === undefined ? undefined : this.#below.#written(name);
  }

  #committed(name: string): Promise<string | undefined> {
    if (this.#below !== undefined) return this.#below.#committed(name);
    const reading = this.#reads.get(name) ?? this.#stub.getState(name).then(toText);
    this.#reads.set(name, reading);
    return reading;
  }

  /** A range that was read to its end is kept in the lowest overlay, for the other orders of a batch. */
  async *#range(below: Key): AsyncGenerator<StateRow> {
    if (this.#below !== undefined) return yield* this.#below.#range(below);
    const name = this.#nameOf(below);
    const known = this.#ranges.get(name);
    if (known !== undefined) return yield* known;
    const [objectType, ...attributes] = below;
    const rows: StateRow[] = [];
    for await (const row of this.#stub.getStateByPartialCompositeKey(objectType, attributes)) {
      rows.push(row);
      yield row;
    }
    this.#ranges.set(name, rows);
  }

  #nameOf([objectType, ...attributes]: Key): string {
    return this.#stub.createCompositeKey(objectType, attributes);
  }
}

function toRow(text: string): JsonObject {
  return parseRow(text) as JsonObject;
}
