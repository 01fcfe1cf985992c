/** The part of a channel of node:diagnostics_channel that is used. */
export interface Channel<T> {
  readonly hasSubscribers: boolean;
  publish(message: T): void;
}

type Diagnostics = { channel(name: string): Channel<unknown> };

// Without an import: elsewhere than in Node there is no such module.
const diagnostics = globalThis.process?.getBuiltinModule?.('node:diagnostics_channel') as Diagnostics | undefined;

const nobody: Channel<unknown> = { hasSubscribers: false, publish: () => {} };

/**
 * A channel of `node:diagnostics_channel`. Publishing costs nothing while nobody has subscribed: look at
 * `hasSubscribers` before a message is made. What a subscriber throws does not come back here: Node raises it as an
 * uncaught exception of its own.
 */
export function channel<T = unknown>(name: string): Channel<T> {
  return diagnostics?.channel(name) ?? nobody;
}
