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

  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.get(key) !== undefined);
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
