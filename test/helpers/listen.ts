import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';

/** The messages on a channel of the SDK, until the test is over. */
export function listen<T>(channel: `spydra-sdk:${string}`): T[] {
  const told: T[] = [];
  const listener = (message: unknown) => void told.push(message as T);
  subscribe(channel, listener);
  onTestFinished(() => void unsubscribe(channel, listener));
  return told;
}
