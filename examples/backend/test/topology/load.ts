import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';
import type { Market } from './market.js';
import { type Write, writeOn } from './writer.js';

/** One read. Times are of `performance.now()`. */
export interface Read {
  readonly route: string;
  readonly beganAt: number;
  readonly endedAt: number;
  /** Undefined: the connection broke. */
  readonly status: number | undefined;
}

export interface LoadOptions {
  readonly client: Client;
  readonly markets: readonly Market[];
  readonly dropsKeys: boolean;
}

const READERS = 6;
/** Milliseconds between the reads of one reader. */
const PAUSE = 30;

/** Steady reads, cached and uncached, and writes, half of them with keys. */
export class Load {
  readonly reads: Read[] = [];
  readonly writes: Write[] = [];
  readonly #stop = new AbortController();
  readonly #running: readonly Promise<void>[];

  constructor({ client, markets, dropsKeys }: LoadOptions) {
    const { signal } = this.#stop;
    const readers = Array.from({ length: READERS }, (_, index) => this.#readOn(client, markets, index));
    const writers = markets.map((market, index) =>
      writeOn({ client, market, isKeyed: index % 2 === 0, dropsKeys }, this.writes, signal),
    );
    this.#running = [...readers, ...writers];
  }

  /** Waits for the open requests. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #readOn(client: Client, markets: readonly Market[], reader: number): Promise<void> {
    const { signal } = this.#stop;
    for (let number = 0; !signal.aborted; number++) {
      const market = markets[number % markets.length];
      // A wallet that nobody has asked for is in no cache.
      const unknown = `GET /wallets/reader-${reader}-${number}/balance`;
      const route = number % 2 === 0 && market ? `GET /assets/${market.assetId}` : unknown;
      const beganAt = performance.now();
      const answer = await client.send(route);
      this.reads.push({ route, beganAt, endedAt: performance.now(), status: answer?.status });
      await sleep(PAUSE);
    }
  }
}
