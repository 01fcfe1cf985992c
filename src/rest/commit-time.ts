/** Weight of the last measurement in the moving average. */
const WEIGHT = 0.3;
/** Polling starts a little before the expected commit: later would cost every caller time. */
const EAGERNESS = 0.9;
/** Milliseconds after which polling starts in any case: one slow commit must not delay the next. */
const MAX_PATIENCE = 5_000;
/** Milliseconds between two polls. */
const MIN_GAP = 10;
const MAX_FIRST_GAP = 100;
const MAX_GAP = 2_000;
/** A poll is late by an eightieth of the wait, on average. */
const GAPS_PER_WAIT = 40;

/** A moving average of the time from acceptance to commit. Times are in milliseconds. */
export class CommitTime {
  #expected: number | undefined;

  /** For how long after its acceptance a transaction is not polled for. */
  get patience(): number {
    return Math.min((this.#expected ?? 0) * EAGERNESS, MAX_PATIENCE);
  }

  /** How long to wait before the next poll for a transaction of this age. */
  gap(age: number): number {
    const shortest =
      this.#expected === undefined ? MAX_FIRST_GAP : clamp(this.#expected / GAPS_PER_WAIT, MIN_GAP, MAX_FIRST_GAP);
    return clamp(age / GAPS_PER_WAIT, shortest, MAX_GAP);
  }

  /**
   * A transaction was pending at one age, and final when it was polled for at another. The time of the response does not
   * count: it may have been delayed.
   */
  learn(pendingAt: number | undefined, finalAt: number): void {
    const expected = this.#expected;
    // Final at the first poll, while nothing was expected: nothing to wait for.
    if (pendingAt === undefined && expected === undefined) return;
    const measured = ((pendingAt ?? 0) + finalAt) / 2;
    // Final at the first poll: the expectation was too long.
    const before = Math.min(expected ?? measured, pendingAt === undefined ? finalAt : Number.POSITIVE_INFINITY);
    this.#expected = before + WEIGHT * (measured - before);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
