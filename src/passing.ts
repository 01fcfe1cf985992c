/** Values that each last until a time of their own, in epoch milliseconds. */
export class Passing<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();

  /** How many there may be. */
  get size(): number {
    this.#forget();
    return this.#entries.size;
  }

  set(key: string, value: T, until: number): void {
    this.#forget();
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > Date.now() ? entry.value : undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** The keys of what lasts, oldest first; what is set meanwhile comes too. */
  *keys(): Generator<string> {
    for (const key of this.#entries.keys()) if (this.get(key) !== undefined) yield key;
  }

  /** The oldest come first, and nearly always end first. */
  #forget(): void {
    const now = Date.now();
    for (const [key, { until }] of this.#entries) {
      if (until > now) return;
      this.#entries.delete(key);
    }
  }
}
