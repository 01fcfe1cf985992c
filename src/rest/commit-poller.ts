import { abortable, callSoon } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { withResolvers } from '../core/with-resolvers.js';
import { NotFoundError, SpydraError } from '../errors.js';
import { STANDARD } from '../http/retries.js';
import { commitState, type Ledger, type TransactionRecord } from '../ledger/ledger.js';

/*
 * All times are in milliseconds.
 */

/** For so long an accepted transaction may be invisible: reads can lag behind. */
const INVISIBLE = 10_000;
/** Of more that are due only the oldest is requested, until it is final or the list was not read for a while. */
const MAX_SINGLE = 3;
const LIST_AFTER = 3_000;
/** The size of a page, beyond the waits that it may end; for more waits than this two pages are read at once. */
const PAGE = 100;
const TWO_PAGES = 200;
/** Of those that the list does not end, so many are requested one by one in a poll. */
const MAX_REQUESTS = 16;
/** A poll without a response delays the next one for so long. */
const SLOW = 1_000;
const MAX_TIMEOUT = 10_000;
/** A commit is likely a little before its expected time, and after this time in any case. */
const LIKELY_AFTER = 0.9;
const MAX_LIKELY_AFTER = 5_000;
/** The first poll comes so many mean deviations before the expected commit, as TCP's timeouts come after it (RFC 6298). */
const DEVIATIONS = 2;
/** Of the first commit time, since one sample has no deviation. */
const FIRST_DEVIATION = 1 / 4;
/** Until the commit is likely polls follow after an eighth of the expected time. */
const EARLY_FRACTION = 1 / 8;
/** Then after a fortieth of that or of the age: they are late by half of that, on average. */
const FRACTION = 1 / 40;
const UNKNOWN = 4_000;
const MIN_GAP = 10;
const MAX_GAP = 2_000;
/** Weight of the last commit in the moving averages. */
const WEIGHT = 0.3;

/** The part of a ledger that a poller reads. */
type Records = Pick<Ledger, 'getTransaction' | 'listTransactions'>;

/** A caller's wait for a transaction. */
interface Wait {
  readonly transactionId: string;
  readonly call: Call;
  readonly since: number;
  /** Whether the transaction was accepted just then. */
  readonly isFresh: boolean;
  /** How many polls included it, and when the last one began. */
  polls: number;
  polledAt: number;
  /** When it was last requested by its id, or accepted, and whether a request has no response yet. */
  requestedAt: number;
  isRequested: boolean;
  end(record: TransactionRecord): void;
  fail(error: unknown): void;
}

/** No poll is scheduled. */
const IDLE = { at: Number.POSITIVE_INFINITY, cancel: () => {} };

/**
 * Polls for the ends of transactions on behalf of all waits: when a commit is likely, and with one request for many. It
 * is idle without waits.
 */
export class CommitPoller {
  readonly #ledger: Records;
  readonly #waits = new Set<Wait>();
  readonly #polls = new Set<Promise<void>>();
  #requests = new AbortController();
  #next = IDLE;
  /** No poll before then: a pause follows a poll that left waits open, for new waits too. */
  #quietUntil = 0;
  #listedAt = 0;
  #isListing = false;
  /** Moving averages of the time from acceptance to commit, and of its deviation from that. */
  #expected: number | undefined;
  #deviation = 0;

  constructor(ledger: Records) {
    this.#ledger = ledger;
  }

  /**
   * Resolves with a transaction's final record.
   *
   * @param isFresh - whether it was accepted just now, so that polling starts when a commit is likely
   * @throws NotFoundError if it stays invisible; the call's own error when that ends first.
   */
  async wait(transactionId: string, call: Call, isFresh: boolean): Promise<TransactionRecord> {
    const { promise, resolve: end, reject: fail } = withResolvers<TransactionRecord>();
    const since = performance.now();
    const unpolled = { polls: 0, polledAt: 0, requestedAt: since, isRequested: false };
    const wait: Wait = { transactionId, call, since, isFresh, ...unpolled, end, fail };
    if (this.#waits.size === 0) this.#listedAt = since;
    this.#waits.add(wait);
    this.#pollAt(this.#dueAt(wait));
    try {
      return await abortable(promise, call.signal);
    } finally {
      this.#waits.delete(wait);
      if (this.#waits.size === 0) await this.#stop();
    }
  }

  /** Aborts all requests, and waits for their ends: a closed client leaves nothing behind. */
  async #stop(): Promise<void> {
    this.#next.cancel();
    this.#next = IDLE;
    this.#quietUntil = 0;
    this.#requests.abort();
    this.#requests = new AbortController();
    await Promise.all(this.#polls);
  }

  /** A call close to its deadline polls early, or it would end without a poll. */
  #dueAt({ polls, polledAt, since, isFresh, isRequested, call }: Wait): number {
    if (isRequested) return Number.POSITIVE_INFINITY;
    const expected = this.#expected ?? 0;
    const likely = isFresh ? Math.min(expected * LIKELY_AFTER, MAX_LIKELY_AFTER) : 0;
    const age = polledAt - since;
    if (polls > 0 && age < likely) return since + Math.min(age + expected * EARLY_FRACTION, likely);
    if (polls > 0) return polledAt + this.#gap(age);
    const first = Math.min(likely, Math.max(0, expected - DEVIATIONS * this.#deviation));
    return since + Math.min(first, (call.deadlineAt - since) / 2);
  }

  /** The time between two polls for a transaction of this age. */
  #gap(age = 0): number {
    const gap = Math.max(age, this.#expected ?? UNKNOWN) * FRACTION;
    return Math.min(Math.max(gap, MIN_GAP), MAX_GAP);
  }

  #pollAt(earliest: number): void {
    const at = Math.max(earliest, this.#quietUntil);
    if (at >= this.#next.at) return;
    this.#next.cancel();
    this.#next = { at, cancel: callSoon(at - performance.now(), () => this.#poll()) };
  }

  /** Polls for all that are due, or soon are: one poll instead of many in a row. */
  #poll(): void {
    const began = performance.now();
    const soon = this.#next.at + this.#gap();
    const due = [...this.#waits].filter((wait) => this.#dueAt(wait) <= soon);
    for (const wait of due) {
      wait.polls++;
      wait.polledAt = began;
    }
    // Nothing is scheduled while it runs.
    const running = { at: Number.NEGATIVE_INFINITY, cancel: () => {} };
    this.#next = running;
    const goOn = () => {
      if (this.#next !== running) return;
      this.#next = IDLE;
      if (due.some((wait) => this.#waits.has(wait))) this.#quietUntil = began + this.#gap();
      for (const wait of this.#waits) this.#pollAt(this.#dueAt(wait));
    };
    const slow = setTimeout(goOn, SLOW);
    const poll = this.#pollFor(due, this.#requests.signal).finally(() => {
      clearTimeout(slow);
      this.#polls.delete(poll);
      goOn();
    });
    this.#polls.add(poll);
  }

  async #pollFor(due: readonly Wait[], signal: AbortSignal): Promise<void> {
    const inTurn = due.toSorted((a, b) => a.requestedAt - b.requestedAt);
    const [first] = inTurn;
    if (first === undefined) return;
    if (due.length <= MAX_SINGLE) return this.#request(inTurn, signal);
    await this.#request([first], signal);
    const mayAllPend = this.#waits.has(first) && performance.now() - this.#listedAt < LIST_AFTER;
    if (mayAllPend || this.#isListing) return;
    this.#isListing = true;
    const shown = await this.#readList(callFor(first, signal));
    this.#isListing = false;
    const left = inTurn.filter((wait) => this.#waits.has(wait));
    const missing = left.filter(({ transactionId }) => !shown.has(transactionId)).slice(0, MAX_REQUESTS);
    const [pending, ...others] = left.filter(({ transactionId }) => shown.has(transactionId));
    await this.#request(pending ? [...missing, pending] : missing, signal);
    // The list showed it as pending, and it is final: the list lags behind.
    if (pending && !this.#waits.has(pending)) await this.#request(others.slice(0, MAX_REQUESTS), signal);
  }

  /** Requests each of these transactions. */
  async #request(waits: readonly Wait[], signal: AbortSignal): Promise<void> {
    const one = async (wait: Wait) => {
      if (wait.isRequested || !this.#waits.has(wait)) return;
      wait.requestedAt = performance.now();
      wait.isRequested = true;
      try {
        this.#endFinal([await this.#ledger.getTransaction(wait.transactionId, callFor(wait, signal))]);
      } catch (error) {
        if (!isTransient(error, wait) && this.#waits.delete(wait)) wait.fail(error);
      } finally {
        wait.isRequested = false;
        if (this.#waits.has(wait)) this.#pollAt(this.#dueAt(wait));
      }
    };
    await Promise.all(waits.map(one));
  }

  /**
   * Reads the list of transactions, newest first, while that ends waits; returns the ids that it showed. For many waits it
   * begins with two pages at once, so that half of the waits end while the others are still being sent.
   */
  async #readList(call: Call): Promise<ReadonlySet<string>> {
    this.#listedAt = performance.now();
    const shown = new Set<string>();
    const isLong = this.#waits.size > TWO_PAGES;
    const limit = Math.min(1_000, PAGE + Math.ceil(this.#waits.size / (isLong ? 2 : 1)));
    /** Whether the list may go on after this page. Each transaction that it does not show can still be requested. */
    const read = async (offset: number): Promise<boolean> => {
      const page = await this.#ledger.listTransactions({}, { limit, offset }, call).catch(() => undefined);
      for (const { transactionId } of page?.items ?? []) shown.add(transactionId);
      const ended = this.#endFinal(page?.items.filter(isComplete) ?? []);
      return page !== undefined && ended > 0 && shown.size < page.total && this.#waits.size > 0;
    };
    let pages = isLong ? [0, limit] : [0];
    for (;;) {
      const mayGoOn = await Promise.all(pages.map(read));
      if (!mayGoOn.at(-1)) return shown;
      pages = [shown.size];
    }
  }

  /** Ends the waits for all of these that are final; returns how many. */
  #endFinal(records: readonly TransactionRecord[]): number {
    const final = new Map(records.filter(isFinal).map((record) => [record.transactionId, record]));
    const ended = [...this.#waits].filter(({ transactionId }) => final.has(transactionId));
    for (const wait of ended) {
      this.#waits.delete(wait);
      wait.end(final.get(wait.transactionId) as TransactionRecord);
    }
    // The longest wait saw the whole of its block's time.
    const longest = ended.find(({ isFresh, polls }) => isFresh && polls > 0);
    if (longest) this.#learn(longest);
    return ended.length;
  }

  /** The time of the response does not count: it may have been delayed. */
  #learn({ polls, polledAt, since }: Wait): void {
    const age = polledAt - since;
    // Final at the first poll: the commit came anywhere before, or at once if nothing was expected.
    const measured = polls > 1 ? age : age / 2;
    if (this.#expected !== undefined) {
      this.#deviation += WEIGHT * (Math.abs(measured - this.#expected) - this.#deviation);
      this.#expected += WEIGHT * (measured - this.#expected);
    } else if (polls > 1) {
      this.#deviation = measured * FIRST_DEVIATION;
      this.#expected = measured;
    }
  }
}

/** The call of a request: like that of the wait, but it outlives that one, and is short. */
function callFor({ call: { timeout, deadlineAt, headers } }: Wait, signal: AbortSignal): Call {
  return { signal, deadlineAt, timeout: Math.min(timeout, MAX_TIMEOUT), retries: STANDARD, headers };
}

function isFinal(record: TransactionRecord): boolean {
  return commitState(record) !== 'pending';
}

/** Whether a record of the list is as good as the transaction's own: a failure must have its code. */
function isComplete(record: TransactionRecord): boolean {
  return commitState(record) !== 'failed' || record.error !== undefined;
}

/** Whether the next request may succeed where this one failed. */
function isTransient(error: unknown, { since }: Wait): boolean {
  if (error instanceof NotFoundError) return performance.now() - since < INVISIBLE;
  return error instanceof SpydraError && error.retryable;
}
