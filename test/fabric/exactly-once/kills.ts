import { setTimeout as delay } from 'node:timers/promises';
import { pick, type Random, whole } from '../../faults/random.js';
import type { Node } from '../test-network.js';

/** Milliseconds after the end of a write: at any moment of those that are under way. */
const MAX_DELAY = 40;

/** Kills a process now and then, by SIGKILL, and starts it again. */
export class Kills {
  readonly counts: Record<string, number> = {};
  #left: number;
  #running = Promise.resolve();

  constructor(
    private readonly nodes: Readonly<Record<string, Node>>,
    private readonly random: Random,
    /** Writes that end between two kills, on average. */
    private readonly interval: number,
  ) {
    this.#left = this.#next();
  }

  /** A write has ended. */
  count(): void {
    if (--this.#left > 0) return;
    this.#left = this.#next();
    const name = pick(this.random, Object.keys(this.nodes));
    const after = whole(this.random, 0, MAX_DELAY);
    this.#running = this.#running.then(() => this.#kill(name, after));
  }

  /** Resolves once all are started again. */
  async ended(): Promise<void> {
    await this.#running;
  }

  #next(): number {
    return whole(this.random, 1, 2 * this.interval - 1);
  }

  async #kill(name: string, after: number): Promise<void> {
    await delay(after);
    await this.nodes[name]?.stop();
    await this.nodes[name]?.start();
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}
