/** Longest delay that timers take; above it they would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. Leaves no timer or listener behind. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(ms, MAX_DELAY),
    );
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The promise, or a rejection with the signal's reason if that comes first: for work that may not heed the signal. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A signal that ends with its parent or after a time, whichever comes first, until `release` lets go of both. */
export interface Scope {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  release(): void;
}

/**
 * Opens a scope below `parent`. Both the parent's listener and the timer live until `release`: AbortSignal.any and
 * AbortSignal.timeout would keep theirs for as long as the parent lives.
 */
export function openScope(
  parent: AbortSignal | undefined,
  parentReason: (reason: unknown) => unknown,
  limit: { readonly ms: number; readonly reason: () => unknown },
): Scope {
  const controller = new AbortController();
  const onAbort = () => controller.abort(parentReason(parent?.reason));
  const timer = limit.ms <= MAX_DELAY ? setTimeout(() => controller.abort(limit.reason()), limit.ms) : undefined;
  if (parent?.aborted) onAbort();
  else parent?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', onAbort);
    },
  };
}
