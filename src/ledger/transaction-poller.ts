import type { Call } from '../core/call.js';
import { PageList } from '../core/pages.js';
import { SharedLoad } from '../core/shared-load.js';
import { InvalidResponseError, PaginationError } from '../errors.js';
import type {
  Ledger,
  LedgerEvent,
  Range,
  Slice,
  TransactionQuery,
  TransactionRecord,
  WatchCheckpoint,
} from './ledger.js';
import { type Mark, PollPosition, START } from './poll-position.js';
import { PollSchedule } from './poll-schedule.js';

/*
 * All times are in milliseconds.
 */

/** The largest page. */
const PAGE = 1_000;
/** A search for an offset begins so many records before the end of the list. */
const FIRST_STEP = 50;
/** Most polls read this much before the newest record; the whole overlap is read every so often, or if it has few records. */
const RECENT = 10_000;
const MAX_BETWEEN_WHOLE = 30_000;
const FEW = 30;
/** The next poll: soon while there is something to wait for, then less and less often. */
const MIN_INTERVAL = 250;
const GROWTH = 1.5;
/** A transaction that has been pending for longer is not waited for with short intervals. */
const COMMIT_TIME = 30_000;

/** What is watched, and how. */
export interface PollQuery extends Pick<TransactionQuery, 'assetId' | 'walletId' | 'types'> {
  /** How long after its timestamp a commit may show. */
  readonly overlap: number;
  /** The longest time between two polls. */
  readonly interval: number;
}

/**
 * Committed transactions of a ledger that only has lists, by polling. Watches of one client that poll the same list share
 * its requests and one timer.
 */
export class TransactionPoller {
  readonly #ledger: Pick<Ledger, 'listTransactions'>;
  readonly #schedules = new Map<string, PollSchedule>();
  readonly #loads = new Map<string, SharedLoad<Slice<TransactionRecord>>>();

  constructor(ledger: Pick<Ledger, 'listTransactions'>) {
    this.#ledger = ledger;
  }

  /**
   * The events of {@link Ledger.listen}. After each poll comes one without a record.
   *
   * @throws InvalidInputError for a checkpoint of another ledger; what a request throws
   */
  async *listen(
    { overlap, interval: longest, ...query }: PollQuery,
    from: WatchCheckpoint | 'beginning' | undefined,
    call: Call,
  ): AsyncGenerator<LedgerEvent, never, undefined> {
    const position = await this.#startAt(query, overlap, from, call);
    let isBaseline = from === undefined;
    let wholeAt = Number.NEGATIVE_INFINITY;
    let interval = MIN_INTERVAL;
    for (;;) {
      const began = performance.now();
      const isDue = began - wholeAt >= Math.min(overlap / 4, MAX_BETWEEN_WHOLE);
      if (isDue) wholeAt = began;
      let hasNew = false;
      for await (const record of this.#poll(query, position, isDue, call)) {
        hasNew = true;
        if (!isBaseline) yield eventOf(position, record);
      }
      isBaseline = false;
      yield eventOf(position, undefined);
      const isSoon = hasNew || position.pendingFor(COMMIT_TIME).length > 0;
      interval = isSoon ? MIN_INTERVAL : Math.min(interval * GROWTH, longest);
      await this.#wait(query, interval, call);
    }
  }

  async #startAt(
    query: TransactionQuery,
    overlap: number,
    from: WatchCheckpoint | 'beginning' | undefined,
    call: Call,
  ): Promise<PollPosition> {
    if (from === 'beginning') return new PollPosition(overlap, START.timestamp, START);
    if (from !== undefined) return PollPosition.at(from, overlap);
    const now = Date.now();
    const { items } = await this.#list({ ...query, sortOrder: 'desc' }, { limit: 1, offset: 0 }, call);
    const [newest] = items;
    return new PollPosition(overlap, Math.min(now, newest ? timeOf(newest) : now) - overlap);
  }

  /** Yields what has been committed: reads the whole overlap if that is due or has few records, else its end. */
  async *#poll(
    query: TransactionQuery,
    position: PollPosition,
    isDue: boolean,
    call: Call,
  ): AsyncGenerator<TransactionRecord, void, undefined> {
    const now = Date.now();
    const isWhole = isDue || position.size < FEW;
    // By the clock of this process: that of a client may be ahead.
    const recent = Math.min(now, position.newest) - RECENT;
    const earliest = Math.min(recent, ...position.pendingFor(COMMIT_TIME));
    const since = isWhole ? position.floor : Math.max(position.floor, earliest);
    const mark = position.before(since) ?? (await this.#markBefore(query, since, call));
    position.readFrom(mark);
    let { offset } = mark;
    let last = Number.NEGATIVE_INFINITY;
    for await (const record of this.#listFrom(query, mark, isDue, call)) {
      const timestamp = timeOf(record);
      if (offset === mark.offset && mark !== START && timestamp >= since) throw shrunk();
      if (timestamp < last) throw unsorted(record);
      last = timestamp;
      const isNew = position.take(record, { timestamp, offset: offset++ });
      if (isWhole) position.advance(Math.min(now, timestamp));
      if (isNew) yield record;
    }
    if (offset === mark.offset && mark !== START) throw shrunk();
    if (isWhole) position.complete();
  }

  /** Finds a record before a time: from the end of the list backwards, in growing steps. */
  async #markBefore(query: TransactionQuery, time: number, call: Call): Promise<Mark> {
    const first = (offset: number) => this.#list({ ...query, sortOrder: 'asc' }, { limit: 1, offset }, call);
    const { total } = await first(0);
    for (let step = FIRST_STEP; step < total; step *= 2) {
      const offset = total - step;
      const [item] = (await first(offset)).items;
      if (item && timeOf(item) < time) return { timestamp: timeOf(item), offset };
    }
    return START;
  }

  /** @param isDue - whether a total that is too small is noticed, which takes a request more */
  #listFrom(query: TransactionQuery, { offset }: Mark, isDue: boolean, call: Call): PageList<TransactionRecord> {
    return new PageList(
      (range) => this.#list({ ...query, sortOrder: 'asc' }, range, call),
      (record) => record.transactionId,
      { limit: PAGE, offset, untilEmpty: isDue, isAppended: true },
    );
  }

  /** Watches that poll at the same time share the request. */
  #list(query: TransactionQuery, range: Range, call: Call): Promise<Slice<TransactionRecord>> {
    const key = JSON.stringify([query, range]);
    const shared = this.#loads.get(key);
    if (shared?.isOpen) return shared.join(call);
    const load = new SharedLoad(call, (each) => this.#ledger.listTransactions(query, range, each));
    this.#loads.set(key, load);
    const remove = () => void (this.#loads.get(key) === load && this.#loads.delete(key));
    load.result.then(remove, remove);
    return load.join(call);
  }

  async #wait(query: TransactionQuery, ms: number, call: Call): Promise<void> {
    const key = JSON.stringify(query);
    const schedule = this.#schedules.get(key) ?? new PollSchedule();
    this.#schedules.set(key, schedule);
    try {
      await schedule.wait(ms, call.signal);
    } finally {
      if (schedule.isIdle && this.#schedules.get(key) === schedule) this.#schedules.delete(key);
    }
  }
}

function eventOf(position: PollPosition, record: TransactionRecord | undefined): LedgerEvent {
  const checkpoint = position.capture();
  return {
    record,
    // Made when it is read: most checkpoints are not.
    get checkpoint() {
      return checkpoint();
    },
  };
}

/** @throws InvalidResponseError */
function timeOf({ timestamp, transactionId }: TransactionRecord): number {
  const time = Date.parse(timestamp);
  if (!Number.isNaN(time)) return time;
  throw new InvalidResponseError(
    `Transaction ${transactionId} has no timestamp that can be read, and the server's lists are watched by their timestamps. Tell its operator.`,
    { transactionId },
  );
}

function unsorted({ transactionId }: TransactionRecord): InvalidResponseError {
  return new InvalidResponseError(
    `The server does not list transactions in the order of their timestamps (see ${transactionId}), without which a watch would miss some. Tell its operator.`,
    { transactionId },
  );
}

function shrunk(): PaginationError {
  return new PaginationError('The list of transactions has lost items: it is read again.', { retryable: true });
}
