import { Passing } from '../passing.js';
import { Turns } from './turns.js';

/**
 * Idempotency keys that callers gave: whose turn it is under each, which transaction was accepted under it lately, and
 * under which a write may still arrive. Clients of one origin share it. Nothing is forgotten before its time: a key
 * that is not known here is written under.
 */
export class Keys {
  readonly turns = new Turns();
  readonly #holders = new Passing<string>();
  readonly #doubts = new Passing<number>();

  /** The caller's own transaction was accepted under the key. Until then (epoch milliseconds) lists need not show it. */
  accepted(key: string, transactionId: string, until: number): void {
    this.#holders.set(key, transactionId, until);
  }

  /** The transaction that was accepted under the key lately, if any. */
  holderOf(key: string): string | undefined {
    return this.#holders.get(key);
  }

  /** The key has no holder any more: it failed, or turned out to be of another write. */
  released(key: string): void {
    this.#holders.delete(key);
  }

  /** A write under the key was sent and may still arrive until then (epoch milliseconds). */
  doubt(key: string, until: number): void {
    const latest = Math.max(until, this.doubtedUntil(key) ?? 0);
    this.#doubts.set(key, latest, latest);
  }

  /** Until when a write under the key may still arrive, if one may. */
  doubtedUntil(key: string): number | undefined {
    return this.#doubts.get(key);
  }
}
