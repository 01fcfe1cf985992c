import * as z from 'zod/mini';
import { textOrNull } from '../core/schemas.js';
import { InvalidInputError } from '../errors.js';
import { commitState, type TransactionRecord, type WatchCheckpoint } from './ledger.js';

/*
 * How far a list of transactions was read, oldest first. All times are in milliseconds.
 */

/** An item of the list, by whose offset a later read may begin. */
export interface Mark {
  readonly timestamp: number;
  readonly offset: number;
}

/** A transaction that was not final when it was read last. */
interface Pending {
  readonly timestamp: number;
  /** When it was first seen, by the monotonic clock. */
  readonly since: number;
}

/** The start of the list. */
export const START: Mark = { timestamp: Number.NEGATIVE_INFINITY, offset: 0 };

/** Offsets are remembered of every so many records. */
const MARK_EVERY = 10;
/** After so many new records what is before the floor is forgotten. */
const FORGET_EVERY = 1_000;
/** Of an id that was seen before and not read again yet. */
const UNREAD = Number.POSITIVE_INFINITY;

const checkpointSchema = z.strictObject({
  since: textOrNull((time) => !Number.isNaN(Date.parse(time))),
  seen: z.array(z.string()),
});

/**
 * A position in a list that is sorted by the clocks of clients, and shows a record some time after its timestamp: a
 * timestamp up to which all was read (the floor), and the ids of the final records after it.
 */
export class PollPosition {
  readonly #overlap: number;
  /** Final records from the floor on, in the order in which they were found. */
  readonly #seen = new Map<string, { timestamp: number; readonly index: number }>();
  readonly #pending = new Map<string, Pending>();
  #newest = START.timestamp;
  #found = 0;
  #forgetAt = FORGET_EVERY;
  #floor: number;
  #marks: Mark[] = [];

  /** @param floor - nothing older is reported */
  constructor(overlap: number, floor: number, mark?: Mark) {
    this.#overlap = overlap;
    this.#floor = floor;
    if (mark) this.#marks.push(mark);
  }

  /** @throws InvalidInputError */
  static at(checkpoint: WatchCheckpoint, overlap: number): PollPosition {
    const parsed = checkpointSchema.safeParse(checkpoint);
    if (!parsed.success) throw new InvalidInputError([{ field: 'from', message: 'is no checkpoint of this ledger' }]);
    const { since, seen } = parsed.data;
    const floor = since === null ? START.timestamp : Date.parse(since);
    const position = new PollPosition(overlap, floor, since === null ? START : undefined);
    // Their timestamps are read again: all of them are in the list from the floor on.
    for (const id of seen) position.#note(id, UNREAD);
    return position;
  }

  get floor(): number {
    return this.#floor;
  }

  /** How many final records are remembered. */
  get size(): number {
    return this.#seen.size;
  }

  /** The last known item before a time. */
  before(time: number): Mark | undefined {
    return this.#marks.findLast(({ timestamp }) => timestamp < time);
  }

  /** Begins to read at an item: later offsets are learned again. */
  readFrom(mark: Mark): void {
    this.#marks = [...this.#marks.filter(({ offset }) => offset < mark.offset), mark];
  }

  /** The timestamp of the newest record that was read. */
  get newest(): number {
    return this.#newest;
  }

  /** The timestamps of transactions that have been pending for less than that. */
  pendingFor(ms: number): number[] {
    const earliest = performance.now() - ms;
    return [...this.#pending.values()].filter(({ since }) => since > earliest).map(({ timestamp }) => timestamp);
  }

  /** Takes the next record of the list. Returns whether it is committed and was not before: its first final state counts. */
  take(record: TransactionRecord, { timestamp, offset }: Mark): boolean {
    if (offset - (this.#marks.at(-1)?.offset ?? 0) >= MARK_EVERY) this.#marks.push({ timestamp, offset });
    this.#newest = Math.max(this.#newest, timestamp);
    if (timestamp < this.#floor) return false;
    const id = record.transactionId;
    const known = this.#seen.get(id);
    if (known) {
      known.timestamp = timestamp;
      return false;
    }
    const state = commitState(record);
    if (state === 'pending') {
      this.#pending.set(id, { timestamp, since: this.#pending.get(id)?.since ?? performance.now() });
      return false;
    }
    this.#pending.delete(id);
    this.#note(id, timestamp);
    return state === 'committed';
  }

  /** The list was read in order up to a time: what is older by more than the overlap is not read again. */
  advance(time: number): void {
    this.#floor = Math.max(this.#floor, time - this.#overlap);
    if (this.#found >= this.#forgetAt) this.#forget(false);
  }

  /** The list was read from the floor to its end. */
  complete(): void {
    this.#forget(true);
  }

  /** Forgets what is before the floor, and at the end of the list the ids that are not in it. */
  #forget(isAll: boolean): void {
    this.#forgetAt = this.#found + FORGET_EVERY;
    for (const [id, { timestamp }] of this.#seen) {
      if (timestamp < this.#floor || (isAll && timestamp === UNREAD)) this.#seen.delete(id);
    }
    for (const [id, { timestamp }] of this.#pending) if (timestamp < this.#floor) this.#pending.delete(id);
    const last = this.#marks.findLastIndex(({ timestamp }) => timestamp < this.#floor);
    if (last > 0) this.#marks.splice(0, last);
  }

  /**
   * Returns what makes a checkpoint of the position as it is now. Ids that have been forgotten since then are missing in
   * it, so that their records are reported again.
   */
  capture(): () => WatchCheckpoint {
    const [floor, found] = [this.#floor, this.#found];
    return () => {
      const seen: string[] = [];
      for (const [id, { index }] of this.#seen) {
        if (index >= found) break;
        seen.push(id);
      }
      return { since: floor === START.timestamp ? null : new Date(floor).toISOString(), seen };
    };
  }

  #note(id: string, timestamp: number): void {
    this.#seen.set(id, { timestamp, index: this.#found++ });
  }
}
