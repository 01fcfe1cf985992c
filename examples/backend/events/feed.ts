import {
  type Logger,
  NotFoundError,
  type SpydraClient,
  stringifyJson,
  type TransactionRecord,
  type WatchCheckpoint,
} from 'spydra-sdk';
import { Refusal, transactionRecord } from '../../express/index.js';
import { PUBLIC_FIELDS } from '../access/visible.js';
import { EventBuffer, type FeedEvent } from './event-buffer.js';

/** Assets of which it is remembered whether they are published. */
const MOST_ASSETS = 10_000;
/** Types of transactions that leave the status of their asset as it is. */
const MOVES = ['mint', 'burn', 'transfer'];
/** Milliseconds between polls of a ledger that does not push its events. */
const INTERVAL = 500;
/** Retry-After in seconds while the ledger cannot be watched. */
const ASK_AGAIN = 5;

/** A watch, from its beginning. */
interface Run {
  readonly events: EventBuffer;
  readonly stop: AbortController;
  /** Rejects with a Refusal. */
  readonly begun: Promise<void>;
}

/**
 * The committed transactions of the ledger, for all listeners of this process by one watch. It begins with the first
 * listener, and goes on until it is closed, or fails: then all streams end, and the next listener begins another one.
 */
export class Feed {
  readonly #spydra: SpydraClient;
  readonly #log: Pick<Logger, 'error'>;
  #run: Run | undefined;
  #isClosed = false;

  constructor(spydra: SpydraClient, log: Pick<Logger, 'error'>) {
    this.#spydra = spydra;
    this.#log = log;
  }

  /**
   * Opens the events. What is committed after it has resolved is among those that come next.
   *
   * @throws Refusal 503 while the ledger cannot be watched, and after `close()`
   */
  async open(): Promise<EventBuffer> {
    if (this.#isClosed) throw unavailable();
    this.#run ??= this.#begin();
    const { begun, events } = this.#run;
    await begun;
    return events;
  }

  /** Ends all streams, and the watch. */
  close(): void {
    this.#isClosed = true;
    this.#run?.stop.abort();
    this.#run?.events.end();
  }

  #begin(): Run {
    const [events, stop] = [new EventBuffer(), new AbortController()];
    const from = this.#spydra.transactions.checkpoint({}, { signal: stop.signal });
    const begun = from.then(
      () => {},
      (cause: unknown) => Promise.reject(unavailable(cause)),
    );
    const run = { events, stop, begun };
    from
      .then((checkpoint) => this.#follow(checkpoint, events, stop.signal))
      .catch((err: unknown) => {
        if (!stop.signal.aborted) this.#log.error({ err }, 'The ledger cannot be watched: all listeners are sent away');
      })
      .finally(() => {
        events.end();
        if (this.#run === run) this.#run = undefined;
      });
    return run;
  }

  async #follow(from: WatchCheckpoint, events: EventBuffer, signal: AbortSignal): Promise<void> {
    const published = new Map<string, boolean>();
    for await (const { record } of this.#spydra.transactions.watch({ from, signal, interval: INTERVAL })) {
      events.add(eventOf(record, await this.#isPublished(record, published)));
    }
  }

  /** Remembered until a transaction may change it, all of which pass here. */
  async #isPublished({ assetId, type }: TransactionRecord, published: Map<string, boolean>): Promise<boolean> {
    if (assetId === undefined) return false;
    if (!MOVES.includes(type)) published.delete(assetId);
    const known = published.get(assetId);
    if (known !== undefined) return known;
    const asset = await this.#spydra.assets.get(assetId).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    const isPublished = asset?.status === 'published';
    if (published.size >= MOST_ASSETS) published.clear();
    published.set(assetId, isPublished);
    return isPublished;
  }
}

function eventOf(record: TransactionRecord, isPublished: boolean): FeedEvent {
  const shown = Object.fromEntries(PUBLIC_FIELDS.map((name) => [name, record[name]]));
  return { record, isPublished, all: stringifyJson(transactionRecord(record)), public: stringifyJson(shown) };
}

function unavailable(cause?: unknown): Refusal {
  const sentence = 'The ledger cannot be watched right now. Try again later.';
  return new Refusal(503, 'UPSTREAM_UNAVAILABLE', sentence, { cause, retryAfter: ASK_AGAIN });
}
