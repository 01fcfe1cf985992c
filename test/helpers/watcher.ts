import type { SpydraClient, WatchCheckpoint, WatchedTransaction, WatchInput } from 'spydra-sdk';
import { endOf } from './client.js';

/** Iterates a watch in the background, and keeps its last checkpoint as JSON text, as a program would in a file. */
export class Watcher {
  readonly ids: string[] = [];
  /** The error that it ended with, or undefined. */
  readonly ended: Promise<unknown>;
  /** JSON, as it would be in a file. */
  checkpoint: string | undefined;
  readonly #watch: AsyncGenerator<WatchedTransaction, void, undefined>;

  constructor(spydra: SpydraClient, input: WatchInput, onEvent: (event: WatchedTransaction) => unknown = () => {}) {
    this.#watch = spydra.transactions.watch(input);
    this.ended = endOf(this.#run(onEvent));
  }

  /** What to resume from. */
  get from(): WatchCheckpoint | undefined {
    return this.checkpoint === undefined ? undefined : JSON.parse(this.checkpoint);
  }

  async #run(onEvent: (event: WatchedTransaction) => unknown): Promise<void> {
    for await (const event of this.#watch) {
      this.ids.push(event.record.transactionId);
      await onEvent(event);
      this.checkpoint = JSON.stringify(event.checkpoint);
    }
  }
}
