/** Of what was measured last, so much goes into what is expected next. */
const WEIGHT = 0.3;
/** A commit is asked for a little before it is expected: too late would cost every caller time. */
const EAGERNESS = 0.9;
/** Milliseconds after which it is asked for in any case: a slow commit shall not silence what comes after it. */
const LONGEST_PATIENCE = 5_000;
/** Milliseconds between two questions. */
const SHORTEST_GAP = 10;
const LONGEST_FIRST_GAP = 100;
const LONGEST_GAP = 2_000;
/** A question comes late by an eightieth of the wait, on average. */
const GAPS_PER_WAIT = 40;

/** What is known of how long a ledger takes from accepting a transaction to its commit. Times are in milliseconds. */
export class CommitTime {
  #expected: number | undefined;

  /** For how long after its acceptance a transaction need not be asked for. */
  get patience(): number {
    return Math.min((this.#expected ?? 0) * EAGERNESS, LONGEST_PATIENCE);
  }

  /** How long to wait before asking again for a transaction of this age. */
  gap(age: number): number {
    const shortest =
      this.#expected === undefined
        ? LONGEST_FIRST_GAP
        : clamp(this.#expected / GAPS_PER_WAIT, SHORTEST_GAP, LONGEST_FIRST_GAP);
    return clamp(age / GAPS_PER_WAIT, shortest, LONGEST_GAP);
  }

  /**
   * A transaction was still pending at one age, and final when it was asked for at another. When the answer came says
   * nothing: it may have been held up.
   */
  learn(pendingAt: number | undefined, finalAt: number): void {
    const expected = this.#expected;
    // Final at the first question, while nothing was expected: there is nothing to wait for.
    if (pendingAt === undefined && expected === undefined) return;
    const measured = ((pendingAt ?? 0) + finalAt) / 2;
    // Final at the first question: whatever was expected, it was not that much.
    const before = Math.min(expected ?? measured, pendingAt === undefined ? finalAt : Number.POSITIVE_INFINITY);
    this.#expected = before + WEIGHT * (measured - before);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
