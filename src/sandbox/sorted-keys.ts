const HIGH_CHARACTER = /[\ud800-\uffff]/;

/** A set of keys that is iterated in the order of their UTF-8 bytes. It is sorted when it is read, not when it grows. */
export class SortedKeys {
  readonly #keys = new Set<string>();
  /** In order; undefined until the next read. */
  #sorted: string[] | undefined;

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const last = this.#sorted?.at(-1);
    // Keys that end with a time mostly come in order.
    if (last !== undefined && compareKeys(last, key) < 0) this.#sorted?.push(key);
    else this.#sorted = undefined;
  }

  delete(key: string): void {
    if (this.#keys.delete(key)) this.#sorted = undefined;
  }

  [Symbol.iterator](): Iterator<string> {
    this.#sorted ??= [...this.#keys].sort(compareKeys);
    return this.#sorted.values();
  }
}

/** By UTF-8 bytes, as a state database orders keys. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  // Below the surrogates, UTF-16 code units have the same order.
  if (HIGH_CHARACTER.test(a) || HIGH_CHARACTER.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
