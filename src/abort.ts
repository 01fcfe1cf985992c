/** Longest delay that timers take; above it they would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** Who listens to a signal: one listener of ours at the signal, however many there are. */
class Audience {
  static readonly #all = new WeakMap<AbortSignal, Audience>();
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  readonly #tell = () => {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
  };

  private constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  static of(signal: AbortSignal): Audience {
    const audience = Audience.#all.get(signal) ?? new Audience(signal);
    Audience.#all.set(signal, audience);
    return audience;
  }

  add(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#signal.addEventListener('abort', this.#tell, { once: true });
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#signal.removeEventListener('abort', this.#tell);
    };
  }
}

/**
 * Calls `listener` when the signal aborts, at once if it has; returns what forgets it. A signal that lives long keeps
 * nothing of those that are forgotten, and Node, which warns of more than ten listeners, sees one.
 */
export function whenAborted(signal: AbortSignal, listener: () => void): () => void {
  if (!signal.aborted) return Audience.of(signal).add(listener);
  listener();
  return () => {};
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. Leaves no timer or listener behind. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, MAX_DELAY));
  });
  return abortable(slept, signal).finally(() => clearTimeout(timer));
}

/** The promise, or a rejection with the signal's reason if that comes first: for work that may not heed the signal. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = whenAborted(signal, () => reject(signal.reason));
    work.then(resolve, reject).finally(forget);
  });
}

/** A signal that ends with its parent or after a time, whichever comes first, until `release` lets go of both. */
export interface Scope {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  release(): void;
  /** Throws the reason if it has ended. By the clock too: timers stand still while a process is busy. */
  ensureOpen(): void;
}

/** When a scope ends by itself, and with which reason. */
interface Limit {
  readonly ms: number;
  readonly reason: () => unknown;
}

/**
 * Opens a scope below `parent`. Both the parent's listener and the timer live until `release`: AbortSignal.any and
 * AbortSignal.timeout would keep theirs for as long as the parent lives.
 */
export function openScope(
  parent: AbortSignal | undefined,
  parentReason: (reason: unknown) => unknown,
  limit: Limit,
): Scope {
  return new LazyScope(parent, parentReason, limit);
}

/** Makes its signal, with a listener and a timer, when somebody asks for it: what a cache answers needs none. */
class LazyScope implements Scope {
  readonly #parent: AbortSignal | undefined;
  readonly #parentReason: (reason: unknown) => unknown;
  readonly #limit: Limit;
  readonly #endsAt: number;
  #ended: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;
  #forget: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parent: AbortSignal | undefined, parentReason: (reason: unknown) => unknown, limit: Limit) {
    this.#parent = parent;
    this.#parentReason = parentReason;
    this.#limit = limit;
    this.#endsAt = Date.now() + limit.ms;
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
    clearTimeout(this.#timer);
    this.#forget?.();
  }

  ensureOpen(): void {
    if (this.#parent?.aborted) this.#endWithParent();
    if (!this.#ended && Date.now() >= this.#endsAt) this.abort(this.#limit.reason());
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
    const left = this.#endsAt - Date.now();
    if (left <= MAX_DELAY) this.#timer = setTimeout(() => this.abort(this.#limit.reason()), left);
    return controller;
  }

  #endWithParent(): void {
    this.abort(this.#parentReason(this.#parent?.reason));
  }
}
