import pMap from 'p-map';
import { abortable, callSoon } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { withResolvers } from '../core/with-resolvers.js';
import { NotFoundError, SpydraError } from '../errors.js';
import { STANDARD } from '../http/retries.js';
import { commitState, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import { CommitTime } from './commit-time.js';

/** Milliseconds for which an accepted transaction may be invisible: reads can lag behind. */
const INVISIBLE = 10_000;
/** Above this number only the oldest transaction is polled until it is final. */
const MAX_SINGLE = 3;
const MIN_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1_000;
/** No further page is read after one that ends fewer waits than this. */
const WORTH_A_PAGE = 2;
/** How many transactions that the list does not show are requested one by one in a poll. */
const MAX_PROBES = 50;
const CONCURRENCY = 8;
/** Milliseconds after which an unanswered poll no longer delays the next one. */
const SLOW = 1_000;
const MAX_POLLS = 16;
/** Milliseconds for one request; the call's timeout may be shorter. */
const MAX_REQUEST = 10_000;
/** Milliseconds after which the list is read even if the oldest transaction is pending. */
const LIST_ANYWAY = 3_000;

/** The part of a ledger that a poller reads. */
type Records = Pick<Ledger, 'getTransaction' | 'listTransactions'>;

/** A caller's wait for a transaction. Times and ages are in milliseconds. */
interface Wait {
  readonly transactionId: string;
  readonly call: Call;
  readonly since: number;
  /** Whether the transaction was accepted just then. */
  readonly isFresh: boolean;
  /** When the last poll that includes it began. */
  polledAt?: number;
  /** When it was last requested by its id, and whether that request is pending. */
  probedAt?: number;
  isProbed?: boolean;
  /** Its age when it was last known, or assumed, to be pending. */
  pendingAt?: number;
  end(record: TransactionRecord): void;
  fail(error: unknown): void;
}

/**
 * Polls for the ends of transactions on behalf of all waits: when a commit is likely, and with one request for many. It
 * is idle without waits.
 */
export class CommitPoller {
  readonly #ledger: Records;
  readonly #time = new CommitTime();
  readonly #waits = new Set<Wait>();
  #requests = new AbortController();
  #cancelTimer = () => {};
  #timerAt = Number.POSITIVE_INFINITY;
  /** No poll before then: a pause follows a poll that left waits open. */
  #quietUntil = 0;
  readonly #polls = new Set<Promise<void>>();
  #listedAt = 0;
  /** Whether a poll reads the list: one at a time does. */
  #isReading = false;
  #isHeldUp = false;

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
    const wait: Wait = { transactionId, call, since: performance.now(), isFresh, end, fail };
    if (this.#waits.size === 0) this.#listedAt = wait.since;
    this.#waits.add(wait);
    this.#wakeAt(this.#dueAt(wait));
    try {
      return await abortable(promise, call.signal);
    } finally {
      this.#waits.delete(wait);
      if (this.#waits.size === 0) await this.#rest();
    }
  }

  /** Aborts all requests, and waits for their ends: a closed client leaves nothing behind. */
  async #rest(): Promise<void> {
    this.#stopTimer();
    this.#quietUntil = 0;
    this.#requests.abort();
    this.#requests = new AbortController();
    await Promise.all(this.#polls);
  }

  /** A call close to its deadline polls early, or it would end without a poll. */
  #dueAt({ polledAt, since, isFresh, isProbed, call }: Wait): number {
    if (isProbed) return Number.POSITIVE_INFINITY;
    if (polledAt !== undefined) return polledAt + this.#time.gap(polledAt - since);
    const left = call.deadlineAt - performance.now();
    return isFresh ? since + Math.min(this.#time.patience, left / 2) : since;
  }

  #schedule(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const wait of this.#waits) next = Math.min(next, this.#dueAt(wait));
    this.#wakeAt(next);
  }

  #wakeAt(earliest: number): void {
    const time = Math.max(earliest, this.#quietUntil);
    if (time >= this.#timerAt || this.#isHeldUp || this.#polls.size >= MAX_POLLS) return;
    this.#stopTimer();
    this.#timerAt = time;
    this.#cancelTimer = callSoon(time - performance.now(), () => this.#poll());
  }

  #stopTimer(): void {
    this.#cancelTimer();
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** Polls for all that are due. The next poll waits for the responses, up to {@link SLOW}. */
  #poll(): void {
    // Includes what is due soon: one poll instead of many in a row.
    const soon = this.#timerAt + this.#time.gap(0);
    const due = [...this.#waits].filter((wait) => this.#dueAt(wait) <= soon);
    const now = performance.now();
    for (const wait of due) wait.polledAt = now;
    this.#stopTimer();
    const goOn = () => {
      this.#isHeldUp = false;
      this.#schedule();
    };
    const slow = setTimeout(goOn, SLOW);
    this.#isHeldUp = true;
    const poll = this.#pollFor(due, this.#requests.signal).finally(() => {
      clearTimeout(slow);
      if (due.some((wait) => this.#waits.has(wait))) this.#quietUntil = now + this.#time.gap(0);
      this.#polls.delete(poll);
      goOn();
    });
    this.#polls.add(poll);
  }

  async #pollFor(due: readonly Wait[], signal: AbortSignal): Promise<void> {
    const inTurn = due.toSorted((a, b) => (a.probedAt ?? 0) - (b.probedAt ?? 0));
    const [first] = inTurn;
    if (first === undefined) return;
    if (due.length <= MAX_SINGLE) return this.#probe(inTurn, signal);
    await this.#probe([first], signal);
    const mayAllPend = this.#waits.has(first) && performance.now() - this.#listedAt < LIST_ANYWAY;
    if (mayAllPend || this.#isReading) return markPending(due);
    this.#isReading = true;
    const shown = await this.#readList(callFor(first, signal));
    await this.#probeLeft(inTurn, shown, signal);
    this.#isReading = false;
  }

  /** Requests some that the list did not end: those that it does not show, and one that it shows as pending. */
  async #probeLeft(waits: readonly Wait[], shown: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const left = waits.filter((wait) => this.#waits.has(wait));
    const missing = left.filter(({ transactionId }) => !shown.has(transactionId));
    const pending = left.filter(({ transactionId }) => shown.has(transactionId));
    await this.#probe([...missing.slice(0, MAX_PROBES), ...pending.slice(0, 1)], signal);
    // The list showed it as pending, and it is final: the list lags behind.
    const [spot, ...others] = pending;
    if (spot && !this.#waits.has(spot)) await this.#probe(others.slice(0, MAX_PROBES), signal);
  }

  /** Requests each of these transactions. */
  async #probe(waits: readonly Wait[], signal: AbortSignal): Promise<void> {
    const one = async (wait: Wait) => {
      if (wait.isProbed || !this.#waits.has(wait)) return;
      wait.probedAt = performance.now();
      wait.isProbed = true;
      try {
        this.#endFinal([await this.#ledger.getTransaction(wait.transactionId, callFor(wait, signal))]);
      } catch (error) {
        if (!isTransient(error, wait)) this.#fail(wait, error);
      } finally {
        wait.isProbed = false;
        this.#schedule();
      }
    };
    await pMap(waits, one, { concurrency: CONCURRENCY });
  }

  /** Reads the list of transactions, newest first, while that ends waits; returns the ids that it showed. */
  async #readList(call: Call): Promise<ReadonlySet<string>> {
    this.#listedAt = performance.now();
    const shown = new Set<string>();
    const limit = Math.min(MAX_PAGE_SIZE, MIN_PAGE_SIZE + this.#waits.size);
    try {
      for (;;) {
        const { items, total } = await this.#ledger.listTransactions({}, { limit, offset: shown.size }, call);
        for (const { transactionId } of items) shown.add(transactionId);
        const ended = this.#endFinal(items.filter(isComplete));
        if (ended < WORTH_A_PAGE || shown.size >= total || this.#waits.size === 0) return shown;
      }
    } catch {
      // Each transaction can still be requested.
      return shown;
    }
  }

  /** Ends the waits for all of these that are final; returns how many. */
  #endFinal(records: readonly TransactionRecord[]): number {
    const known = new Map(records.map((record) => [record.transactionId, record]));
    const ended: Wait[] = [];
    for (const wait of this.#waits) {
      const record = known.get(wait.transactionId);
      if (record === undefined) continue;
      if (commitState(record) === 'pending') {
        markPending([wait]);
        continue;
      }
      this.#waits.delete(wait);
      wait.end(record);
      ended.push(wait);
    }
    // The longest wait saw the whole of its block's time.
    const longest = ended.find(({ isFresh }) => isFresh);
    if (longest?.polledAt) this.#time.learn(longest.pendingAt, longest.polledAt - longest.since);
    return ended.length;
  }

  #fail(wait: Wait, error: unknown): void {
    this.#waits.delete(wait);
    wait.fail(error);
  }
}

/** The call of a request: like that of the wait, but it outlives that one, and is short. */
function callFor({ call: { timeout, deadlineAt, headers } }: Wait, signal: AbortSignal): Call {
  return { signal, deadlineAt, timeout: Math.min(timeout, MAX_REQUEST), retries: STANDARD, headers };
}

/** Whether a record of the list is as good as the transaction's own: a failure must have its code. */
function isComplete(record: TransactionRecord): boolean {
  return commitState(record) !== 'failed' || record.error !== undefined;
}

function ageOf({ since }: Wait): number {
  return performance.now() - since;
}

function markPending(waits: readonly Wait[]): void {
  for (const wait of waits) wait.pendingAt = ageOf(wait);
}

/** Whether the next request may succeed where this one failed. */
function isTransient(error: unknown, wait: Wait): boolean {
  if (error instanceof NotFoundError) return ageOf(wait) < INVISIBLE;
  return error instanceof SpydraError && error.retryable;
}
