import { LRUCache } from 'lru-cache';
import { Turns } from './turns.js';

const MOST_HOLDERS = 10_000;

/**
 * Idempotency keys that callers gave: whose turn it is under each, which transaction was accepted under it lately, and
 * under which a write may still arrive. Clients of one origin share it.
 */
export class Keys {
  readonly turns = new Turns();
  readonly #holders = new LRUCache<string, string>({ max: MOST_HOLDERS });
  readonly #doubts = new Map<string, number>();

  /** A transaction was accepted under the key. For so many milliseconds lists need not show it yet. */
  accepted(key: string, transactionId: string, ms: number): void {
    this.#holders.set(key, transactionId, { ttl: ms });
  }

  /** The transaction that was accepted under the key lately, if any. */
  holderOf(key: string): string | undefined {
    return this.#holders.get(key);
  }

  /** A transaction does not hold the key: it has failed, or is of another write. */
  released(key: string, transactionId: string): void {
    if (this.#holders.get(key) === transactionId) this.#holders.delete(key);
  }

  /** A write under the key was sent and may still arrive until then (epoch milliseconds). */
  doubt(key: string, until: number): void {
    this.#forget();
    this.#doubts.delete(key);
    this.#doubts.set(key, until);
  }

  /** Until when a write under the key may still arrive, if one may. */
  doubtedUntil(key: string): number | undefined {
    const until = this.#doubts.get(key);
    return until !== undefined && until > Date.now() ? until : undefined;
  }

  /** The oldest come first, and nearly always end first. */
  #forget(): void {
    const now = Date.now();
    for (const [key, until] of this.#doubts) {
      if (until > now) return;
      this.#doubts.delete(key);
    }
  }
}
