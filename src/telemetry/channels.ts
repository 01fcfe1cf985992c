/** The part of a channel of node:diagnostics_channel that is used. */
interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

type Diagnostics = { channel(name: string): Channel };

// Without an import: elsewhere than in Node there is no such module.
const diagnostics = globalThis.process?.getBuiltinModule?.('node:diagnostics_channel') as Diagnostics | undefined;

const nobody: Channel = { hasSubscribers: false, publish: () => {} };

/**
 * A channel of `node:diagnostics_channel`. Publishing costs nothing while nobody has subscribed: look at
 * `hasSubscribers` before a message is made.
 */
export function channel(name: string): Channel {
  return diagnostics?.channel(name) ?? nobody;
}
