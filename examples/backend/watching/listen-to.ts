import { subscribe, unsubscribe } from 'node:diagnostics_channel';

type Listeners<Messages> = { readonly [Channel in keyof Messages]: (message: Messages[Channel]) => void };

/**
 * Subscribes to channels of `node:diagnostics_channel`; returns a function that unsubscribes. A listener must not
 * throw: Node would end the process.
 */
export function listenTo<Messages extends object>(listeners: Listeners<Messages>): () => void {
  const names = Object.keys(listeners) as (keyof Messages & string)[];
  const ends = names.map((name) => {
    const onMessage = (message: unknown) => listeners[name](message as Messages[typeof name]);
    subscribe(name, onMessage);
    return () => unsubscribe(name, onMessage);
  });
  return () => {
    for (const end of ends) end();
  };
}
