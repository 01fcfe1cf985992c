/** The longest delay of a timer, in milliseconds: with a longer one it would fire at once. */
export const MAX_DELAY = 2 ** 31 - 1;
/** A timer that fires later than this, in milliseconds, was held up by a busy process. */
const LATE = 5;

/** Calls back once after `ms`, of any length, never after `Infinity`. Returns what cancels it. */
function callAfter(ms: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (left: number) => {
    timer = left > MAX_DELAY ? setTimeout(() => wait(left - MAX_DELAY), MAX_DELAY) : setTimeout(callback, left);
  };
  // Node warns of negative times.
  if (ms < Number.POSITIVE_INFINITY) wait(Math.max(ms, 0));
  return () => clearTimeout(timer);
}

/**
 * Calls back after `ms`, or in a microtask if that is zero or less: a test may have fake timers that stand still.
 * Returns what cancels it.
 */
export function callSoon(ms: number, callback: () => void): () => void {
  if (ms > 0) return callAfter(ms, callback);
  let isCancelled = false;
  void Promise.resolve().then(() => isCancelled || callback());
  return () => {
    isCancelled = true;
  };
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. Leaves no timer or listener behind. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let cancel = () => {};
  const slept = new Promise<void>((resolve) => {
    cancel = callAfter(ms, resolve);
  });
  return abortable(slept, signal).finally(cancel);
}

/** The promise, or a rejection with the signal's reason if that comes first: for work that may not heed the signal. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = whenAborted(signal, () => reject(signal.reason));
    work.then(resolve, reject).finally(forget);
  });
}

/** When a scope ends by itself, and with which reason. */
interface Limit {
  readonly ms: number;
  readonly reason: () => unknown;
}

/**
 * A signal that ends with its parent or after a time, whichever comes first, until `release` removes the timer and the
 * parent's listener: AbortSignal.any and AbortSignal.timeout would keep theirs for as long as the parent lives. All of
 * it is made when `signal` is first read: a read served by the cache needs none.
 */
export class Scope {
  readonly #parent: AbortSignal | undefined;
  readonly #parentReason: (reason: unknown) => unknown;
  readonly #limit: Limit;
  readonly #endsAt: number;
  #ended: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;
  #forget: (() => void) | undefined;
  #cancel: (() => void) | undefined;

  /** @param parentReason - the reason of this scope, from that of its parent */
  constructor(parent: AbortSignal | undefined, parentReason: (reason: unknown) => unknown, limit: Limit) {
    this.#parent = parent;
    this.#parentReason = parentReason;
    this.#limit = limit;
    this.#endsAt = performance.now() + limit.ms;
  }

  get signal(): AbortSignal {
    return (this.#controller ?? this.#listen()).signal;
  }

  abort(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = { reason };
    this.#controller?.abort(reason);
  }

  release(): void {
    this.#cancel?.();
    this.#forget?.();
  }

  /** Throws the reason if it has ended. By the clock too: timers stand still while a process is busy. */
  ensureOpen(): void {
    if (this.#parent?.aborted) this.#endWithParent();
    if (!this.#ended && performance.now() >= this.#endsAt) this.abort(this.#limit.reason());
    if (this.#ended) throw this.#ended.reason;
  }

  #listen(): AbortController {
    const controller = new AbortController();
    this.#controller = controller;
    if (this.#ended) {
      controller.abort(this.#ended.reason);
      return controller;
    }
    this.#forget = this.#parent && whenAborted(this.#parent, () => this.#endWithParent());
    this.#cancel = callAfter(this.#endsAt - performance.now(), () => this.#expire());
    return controller;
  }

  #expire(): void {
    const end = () => this.abort(this.#limit.reason());
    // Timers run before sockets are read: after a busy time, an answer that has arrived still counts.
    if (performance.now() - this.#endsAt > LATE) this.#cancel = callAfter(1, end);
    else end();
  }

  #endWithParent(): void {
    this.abort(this.#parentReason(this.#parent?.reason));
  }
}

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
