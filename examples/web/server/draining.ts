/* Shared by modules that are bundled separately: the process begins to drain at SIGTERM or SIGINT. */

const KEY = Symbol.for('spydra-web.draining');
const shared = globalThis as { [KEY]?: AbortController };
shared[KEY] ??= new AbortController();
const controller = shared[KEY];

/** Ends what would keep the process from draining. */
export function drain(): void {
  controller.abort();
}

export function isDraining(): boolean {
  return controller.signal.aborted;
}

/** Aborted when the process drains. */
export function onDrain(): AbortSignal {
  return controller.signal;
}
