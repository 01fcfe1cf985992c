import pMap from 'p-map';
import { abortable } from '../abort.js';
import type { Call } from '../call.js';
import { NotFoundError, SpydraError } from '../errors.js';
import { CommitTime } from './commit-time.js';
import { commitState, type Ledger, type TransactionRecord } from './ledger.js';

/** Milliseconds in which an accepted transaction may not be visible yet: reads can lag behind. */
const INVISIBLE = 10_000;
/** Up to so many transactions are asked for one by one; of more, one stands for all until it is final. */
const FEW = 3;
const SHORTEST_PAGE = 100;
const LONGEST_PAGE = 1_000;
/** A page that ends fewer waits than this is worth no further one. */
const WORTH_A_PAGE = 2;
/** So many are asked for one by one in a round, of those that the list does not show. */
const MOST_PROBES = 50;
const CONCURRENCY = 8;
/** Milliseconds after which a round of questions without an answer no longer holds up the next one. */
const SLOW = 1_000;
const MOST_ROUNDS = 16;
/** Milliseconds for one question; a call may grant less. */
const LONGEST_QUESTION = 10_000;
/** Milliseconds after which the list is read although the one that stands for all is still pending. */
const LIST_ANYWAY = 3_000;

/** The part of a ledger that a poller asks. */
type Records = Pick<Ledger, 'getTransaction' | 'listTransactions'>;

/** A caller who waits for a transaction. Times and ages are in milliseconds. */
interface Wait {
  readonly transactionId: string;
  readonly call: Call;
  readonly since: number;
  /** Whether the transaction was accepted just then. */
  readonly isFresh: boolean;
  /** When the last round of questions that it took part in began. */
  askedAt?: number;
  /** When it was asked for itself, and whether the answer is still to come. */
  probedAt?: number;
  isAsked?: boolean;
  /** Its age when it was known, or taken, to be pending. */
  pendingAt?: number;
  end(record: TransactionRecord): void;
  fail(error: unknown): void;
}

/**
 * Waits for the ends of transactions on behalf of all who wait: asks when a commit is likely, and once for many of
 * them. While nobody waits, nothing of it runs.
 */
export class CommitPoller {
  readonly #ledger: Records;
  readonly #time = new CommitTime();
  readonly #waits = new Set<Wait>();
  #questions = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  /** Until then nothing is asked: a round that left somebody waiting is not followed by the next one at once. */
  #quietUntil = 0;
  readonly #rounds = new Set<Promise<void>>();
  #listedAt = 0;
  /** Whether a round reads the list, and asks for what that leaves open: one at a time does. */
  #isReading = false;
  #isHeldUp = false;

  constructor(ledger: Records) {
    this.#ledger = ledger;
  }

  /**
   * Answers a transaction's final record.
   *
   * @param isFresh - whether it was accepted just now, so that it need not be asked for before a commit is likely
   * @throws NotFoundError if it stays invisible; the call's own error when that ends first.
   */
  async wait(transactionId: string, call: Call, isFresh: boolean): Promise<TransactionRecord> {
    const { promise, end, fail } = deferred<TransactionRecord>();
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

  /** Ends all questions. Who leaves last waits for that, so that a client that is closed leaves nothing behind. */
  async #rest(): Promise<void> {
    this.#stopTimer();
    this.#quietUntil = 0;
    this.#questions.abort();
    this.#questions = new AbortController();
    await Promise.all(this.#rounds);
  }

  /** A call that has little time asks early, or it would end without having asked. */
  #dueAt({ askedAt, since, isFresh, isAsked, call }: Wait): number {
    if (isAsked) return Number.POSITIVE_INFINITY;
    if (askedAt !== undefined) return askedAt + this.#time.gap(askedAt - since);
    const left = call.deadlineAt - Date.now();
    return isFresh ? since + Math.min(this.#time.patience, left / 2) : since;
  }

  #schedule(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const wait of this.#waits) next = Math.min(next, this.#dueAt(wait));
    this.#wakeAt(next);
  }

  #wakeAt(earliest: number): void {
    const time = Math.max(earliest, this.#quietUntil);
    if (time >= this.#timerAt || this.#isHeldUp || this.#rounds.size >= MOST_ROUNDS) return;
    this.#stopTimer();
    this.#timerAt = time;
    this.#timer = setTimeout(() => this.#round(), Math.max(0, time - performance.now()));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** Asks for all that are due. The next round waits for the answers, but not for long. */
  #round(): void {
    // What is due soon is asked now: many who come one after the other shall not be as many rounds.
    const soon = this.#timerAt + this.#time.gap(0);
    const due = [...this.#waits].filter((wait) => this.#dueAt(wait) <= soon);
    const now = performance.now();
    for (const wait of due) wait.askedAt = now;
    this.#stopTimer();
    const goOn = () => {
      this.#isHeldUp = false;
      this.#schedule();
    };
    const slow = setTimeout(goOn, SLOW);
    this.#isHeldUp = true;
    const round = this.#ask(due, this.#questions.signal).finally(() => {
      clearTimeout(slow);
      if (due.some((wait) => this.#waits.has(wait))) this.#quietUntil = now + this.#time.gap(0);
      this.#rounds.delete(round);
      goOn();
    });
    this.#rounds.add(round);
  }

  async #ask(due: readonly Wait[], signal: AbortSignal): Promise<void> {
    const inTurn = due.toSorted((a, b) => (a.probedAt ?? 0) - (b.probedAt ?? 0));
    const [first] = inTurn;
    if (first === undefined) return;
    if (due.length <= FEW) return this.#probe(inTurn, signal);
    await this.#probe([first], signal);
    const mayAllPend = this.#waits.has(first) && performance.now() - this.#listedAt < LIST_ANYWAY;
    if (mayAllPend || this.#isReading) return markPending(due);
    this.#isReading = true;
    const shown = await this.#readList(questionOf(first, signal));
    await this.#probeLeft(inTurn, shown, signal);
    this.#isReading = false;
  }

  /** Asks for some that the list did not end: those that it does not show, and one that it shows as pending. */
  async #probeLeft(waits: readonly Wait[], shown: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const left = waits.filter((wait) => this.#waits.has(wait));
    const missing = left.filter(({ transactionId }) => !shown.has(transactionId));
    const pending = left.filter(({ transactionId }) => shown.has(transactionId));
    await this.#probe([...missing.slice(0, MOST_PROBES), ...pending.slice(0, 1)], signal);
    // The list said that it pends, and it does not: lists lag behind.
    const [spot, ...others] = pending;
    if (spot && !this.#waits.has(spot)) await this.#probe(others.slice(0, MOST_PROBES), signal);
  }

  /** Asks for each of these transactions. */
  async #probe(waits: readonly Wait[], signal: AbortSignal): Promise<void> {
    const one = async (wait: Wait) => {
      if (wait.isAsked || !this.#waits.has(wait)) return;
      wait.probedAt = performance.now();
      wait.isAsked = true;
      try {
        this.#hear([await this.#ledger.getTransaction(wait.transactionId, questionOf(wait, signal))]);
      } catch (error) {
        if (!isPassing(error, wait)) this.#fail(wait, error);
      } finally {
        wait.isAsked = false;
        this.#schedule();
      }
    };
    await pMap(waits, one, { concurrency: CONCURRENCY });
  }

  /** Reads the list of transactions, newest first, as far as that serves; answers the ids that it showed. */
  async #readList(call: Call): Promise<ReadonlySet<string>> {
    this.#listedAt = performance.now();
    const shown = new Set<string>();
    const limit = Math.min(LONGEST_PAGE, SHORTEST_PAGE + this.#waits.size);
    try {
      for (;;) {
        const { items, total } = await this.#ledger.listTransactions({}, { limit, offset: shown.size }, call);
        for (const { transactionId } of items) shown.add(transactionId);
        const ended = this.#hear(items.filter(saysAll));
        if (ended < WORTH_A_PAGE || shown.size >= total || this.#waits.size === 0) return shown;
      }
    } catch {
      // Each transaction can still be asked for.
      return shown;
    }
  }

  /** Ends the waits for all of these that are final; says how many it ended. */
  #hear(records: readonly TransactionRecord[]): number {
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
    // The one that waited longest saw the whole of its block's time.
    const longest = ended.find(({ isFresh }) => isFresh);
    if (longest?.askedAt) this.#time.learn(longest.pendingAt, longest.askedAt - longest.since);
    return ended.length;
  }

  #fail(wait: Wait, error: unknown): void {
    this.#waits.delete(wait);
    wait.fail(error);
  }
}

/** The call of a question: like the waiting one's, but it goes on when that one ends, and is not long. */
function questionOf({ call: { timeout, deadlineAt, headers } }: Wait, signal: AbortSignal): Call {
  return { signal, deadlineAt, timeout: Math.min(timeout, LONGEST_QUESTION), headers };
}

/** Whether a record of the list serves as well as the transaction's own: a failure must say why. */
function saysAll(record: TransactionRecord): boolean {
  return commitState(record) !== 'failed' || record.error !== undefined;
}

function deferred<T>() {
  let end: (value: T) => void = () => {};
  let fail: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { promise, end, fail };
}

function ageOf({ since }: Wait): number {
  return performance.now() - since;
}

function markPending(waits: readonly Wait[]): void {
  for (const wait of waits) wait.pendingAt = ageOf(wait);
}

/** A question may fail and the next one be answered. */
function isPassing(error: unknown, wait: Wait): boolean {
  if (error instanceof NotFoundError) return ageOf(wait) < INVISIBLE;
  return error instanceof SpydraError && error.retryable;
}
