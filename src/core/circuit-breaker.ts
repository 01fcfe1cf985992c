/** How a {@link CircuitBreaker} opens and closes. */
export interface CircuitOptions {
  /** Failures of one kind in a row that open it. */
  readonly maxFailures: number;
  /** Milliseconds between probes while it is open. */
  readonly probeInterval: number;
  /** Resolves if what has failed works again. It must end by itself. */
  probe(): Promise<unknown>;
  onChange(isOpen: boolean, cause?: unknown): void;
}

/**
 * Stops asking what keeps failing: after failures in a row the circuit is open, and nothing passes but one probe at a
 * time (half-open), until one succeeds.
 */
export class CircuitBreaker {
  readonly #options: CircuitOptions;
  /** Failures in a row, of each kind. */
  readonly #failures = new Map<string, number>();
  #begun = 0;
  /** The latest work that had begun when one failed: what fails together counts once. */
  #counted = 0;
  #isOpen = false;
  #nextProbeAt = 0;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** When it failed last, or was found to work again, as `performance.now()` counts. */
  get failedAt(): number {
    return this.#failedAt;
  }

  /**
   * Does the work; undefined if it fails, or without a try while the circuit is open.
   *
   * @param kind - of what fails together: what can be read may refuse to be written
   */
  async run<T>(kind: string, work: () => PromiseLike<T> | T): Promise<T | undefined> {
    if (this.#isOpen) {
      if (performance.now() >= this.#nextProbeAt) void this.probe();
      return undefined;
    }
    const number = ++this.#begun;
    try {
      const value = await work();
      this.#failures.delete(kind);
      return value;
    } catch (error) {
      this.#fail(kind, number, error);
      return undefined;
    }
  }

  /** Closes the circuit if a probe succeeds. */
  async probe(): Promise<void> {
    this.#nextProbeAt = Number.POSITIVE_INFINITY;
    try {
      await this.#options.probe();
    } catch {
      this.#nextProbeAt = performance.now() + this.#options.probeInterval;
      return;
    }
    this.#isOpen = false;
    this.#failures.clear();
    this.#failedAt = performance.now();
    this.#options.onChange(false);
  }

  #fail(kind: string, number: number, cause: unknown): void {
    this.#failedAt = performance.now();
    if (number <= this.#counted) return;
    this.#counted = this.#begun;
    const count = (this.#failures.get(kind) ?? 0) + 1;
    this.#failures.set(kind, count);
    if (this.#isOpen || count < this.#options.maxFailures) return;
    this.#isOpen = true;
    this.#nextProbeAt = this.#failedAt + this.#options.probeInterval;
    this.#options.onChange(true, cause);
  }
}
