/** Multiplexes callbacks over one `abort` listener of a signal: Node warns of more than ten listeners. */
class SharedAbortListener {
  static readonly #all = new WeakMap<AbortSignal, SharedAbortListener>();
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<() => void>();
  readonly #onAbort = () => {
    for (const callback of [...this.#callbacks]) if (this.#callbacks.has(callback)) callback();
  };

  private constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  static of(signal: AbortSignal): SharedAbortListener {
    const shared = SharedAbortListener.#all.get(signal) ?? new SharedAbortListener(signal);
    SharedAbortListener.#all.set(signal, shared);
    return shared;
  }

  add(callback: () => void): () => void {
    if (this.#callbacks.size === 0) this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#callbacks.add(callback);
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size === 0) this.#signal.removeEventListener('abort', this.#onAbort);
    };
  }
}

/**
 * Calls back when the signal aborts, at once if it has. Returns what removes the callback: a signal that outlives its
 * listeners then keeps nothing of them.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (!signal.aborted) return SharedAbortListener.of(signal).add(callback);
  callback();
  return () => {};
}
