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

/** What work is to end with: a signal, or a {@link Scope}, which is one without its costs. */
export type AbortSignalLike = AbortSignal | Scope;

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. Leaves no timer or listener behind. */
export function sleep(ms: number, signal: AbortSignalLike): Promise<void> {
  let cancel = () => {};
  const slept = new Promise<void>((resolve) => {
    cancel = callAfter(ms, resolve);
  });
  return abortable(slept, signal).finally(cancel);
}

/**
 * The promise, or a rejection with the signal's reason if that comes first: for work that may not heed the signal.
 *
 * @param isShort - whether the work ends before the signal does by itself, so that no timer is needed
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignalLike, isShort = false): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = whenAborted(signal, () => reject(signal.reason), isShort);
    work.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  });
}

/** When a scope ends by itself, and with which reason. */
interface Limit {
  readonly ms: number;
  readonly reason: () => unknown;
}

/**
 * A signal that aborts with its parent or after a time, whichever comes first, until `release` removes the timer and the
 * parent's listener: AbortSignal.any and AbortSignal.timeout would keep theirs for as long as the parent lives. Timer and
 * listener begin when something waits for it, and an AbortSignal is made where one is needed: for fetch.
 */
export class Scope {
  readonly #parent: AbortSignalLike | undefined;
  readonly #parentReason: (reason: unknown) => unknown;
  readonly #limit: Limit;
  /** By its own limit or its parent's, whichever comes first, as `performance.now()` counts. */
  readonly endsAt: number;
  #ended: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;
  #callbacks: Set<() => void> | undefined;
  #forget: (() => void) | undefined;
  #cancel: (() => void) | undefined;

  /** @param parentReason - the reason of this scope, from that of its parent */
  constructor(parent: AbortSignalLike | undefined, parentReason: (reason: unknown) => unknown, limit: Limit) {
    this.#parent = parent;
    this.#parentReason = parentReason;
    this.#limit = limit;
    const endsAt = performance.now() + limit.ms;
    this.endsAt = parent instanceof Scope ? Math.min(endsAt, parent.endsAt) : endsAt;
  }

  get aborted(): boolean {
    if (this.#parent?.aborted) this.#endWithParent();
    return this.#ended !== undefined;
  }

  get reason(): unknown {
    return this.aborted ? this.#ended?.reason : undefined;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      this.#begin();
      if (this.#ended) this.#controller.abort(this.#ended.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = { reason };
    this.#controller?.abort(reason);
    if (this.#callbacks) callEach(this.#callbacks);
  }

  release(): void {
    this.#cancel?.();
    this.#forget?.();
  }

  /** Throws the reason if it has aborted. By the clock too: timers stand still while a process is busy. */
  throwIfAborted(): void {
    if (!this.aborted && performance.now() >= this.endsAt) this.#endOfTime();
    if (this.#ended) throw this.#ended.reason;
  }

  /** Calls back when it aborts, at once if it has. Returns what removes the callback. */
  whenAborted(callback: () => void, isWithoutTimer = false): () => void {
    if (isWithoutTimer) this.#followParent();
    else this.#begin();
    return this.#add(callback);
  }

  #begin(): void {
    this.#followParent();
    if (!this.#ended) this.#cancel ??= callAfter(this.endsAt - performance.now(), () => this.#expire());
  }

  #add(callback: () => void): () => void {
    if (this.#ended) {
      callback();
      return () => {};
    }
    this.#callbacks ??= new Set();
    const callbacks = this.#callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  #followParent(): void {
    if (this.#forget || this.#ended || !this.#parent) return;
    const end = () => this.#endWithParent();
    // Without the parent's timer: this scope has one for both.
    if (this.#parent instanceof Scope) this.#parent.#followParent();
    this.#forget = this.#parent instanceof Scope ? this.#parent.#add(end) : whenAborted(this.#parent, end);
  }

  #expire(): void {
    // Timers run before sockets are read: after a busy time, an answer that has arrived still counts.
    if (performance.now() - this.endsAt > LATE) this.#cancel = callAfter(1, () => this.#endOfTime());
    else this.#endOfTime();
  }

  #endOfTime(): void {
    const parent = this.#parent;
    if (parent instanceof Scope && parent.endsAt <= this.endsAt) {
      parent.#endOfTime();
      this.#endWithParent();
    } else this.abort(this.#limit.reason());
  }

  #endWithParent(): void {
    this.abort(this.#parentReason(this.#parent?.reason));
  }
}

/** Calls the callbacks in order, except those that an earlier one removes. */
function callEach(callbacks: ReadonlySet<() => void>): void {
  for (const callback of [...callbacks]) if (callbacks.has(callback)) callback();
}

/** Multiplexes callbacks over one `abort` listener of a signal: Node warns of more than ten listeners. */
class SharedAbortListener {
  static readonly #all = new WeakMap<AbortSignal, SharedAbortListener>();
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<() => void>();
  readonly #onAbort = () => callEach(this.#callbacks);

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
export function whenAborted(signal: AbortSignalLike, callback: () => void, isWithoutTimer = false): () => void {
  if (signal instanceof Scope) return signal.whenAborted(callback, isWithoutTimer);
  if (!signal.aborted) return SharedAbortListener.of(signal).add(callback);
  callback();
  return () => {};
}
