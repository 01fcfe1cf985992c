import { Turns } from './turns.js';

/** Idempotency keys in use: whose turn it is under each, and which are in doubt. Clients of one origin share it. */
export class Keys {
  readonly turns = new Turns();
  readonly #doubts = new Map<string, number>();

  /** A write under the key was sent and may still arrive until then (epoch milliseconds). */
  doubt(key: string, until: number): void {
    this.#forget();
    this.#doubts.delete(key);
    this.#doubts.set(key, until);
  }

  /** Until when a write under the key may still arrive, if one may. */
  doubtedUntil(key: string): number | undefined {
    this.#forget();
    return this.#doubts.get(key);
  }

  #forget(): void {
    const now = Date.now();
    for (const [key, until] of this.#doubts) if (until <= now) this.#doubts.delete(key);
  }
}
