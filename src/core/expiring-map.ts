/** A map whose entries each last for a time of their own, measured by the monotonic clock. */
export class ExpiringMap<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly expiresAt: number }>();

  /** The number of entries that have not expired. */
  get size(): number {
    this.#removeExpired();
    return this.#entries.size;
  }

  /** @param lifetime - milliseconds from now */
  set(key: string, value: T, lifetime: number): void {
    this.#removeExpired();
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: performance.now() + lifetime });
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > performance.now() ? entry.value : undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** The keys that have not expired, oldest first, with those that are set meanwhile. */
  *keys(): Generator<string> {
    for (const key of this.#entries.keys()) if (this.get(key) !== undefined) yield key;
  }

  /** Stops at the first entry that lasts: the oldest nearly always expire first. */
  #removeExpired(): void {
    const now = performance.now();
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt > now) return;
      this.#entries.delete(key);
    }
  }
}
