import { randomBytes } from 'node:crypto';
import type { TransactionRecord } from 'spydra-sdk';

/** How many events are kept, and how many characters of them. */
const MOST_EVENTS = 1_000;
const MOST_CHARACTERS = 8_000_000;

/** A committed transaction, and its JSON with all fields and with the public ones. */
export interface FeedEvent {
  readonly record: TransactionRecord;
  /** Whether its asset is published. */
  readonly isPublished: boolean;
  readonly all: string;
  readonly public: string;
}

/** The last events of a feed, for listeners that are behind or come back. The place before each position has an id. */
export class EventBuffer {
  /** Tells its ids from those of other processes, which count their own events. */
  readonly #name = randomBytes(9).toString('base64url');
  readonly #events: FeedEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #characters = 0;
  #first = 0;
  #isOver = false;

  /** The position of the first event that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The position of the event that comes next. */
  get next(): number {
    return this.#first + this.#events.length;
  }

  /** Whether no event comes any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  idAt(position: number): string {
    return `${this.#name}.${position}`;
  }

  /** The position of an id; undefined if it is none of this buffer, or events after it are no longer kept. */
  positionOf(id: string): number | undefined {
    const [name, digits = ''] = id.split('.', 2);
    const position = /^\d{1,15}$/.test(digits) ? Number(digits) : -1;
    return name === this.#name && position >= this.#first && position <= this.next ? position : undefined;
  }

  at(position: number): FeedEvent | undefined {
    return this.#events[position - this.#first];
  }

  add(event: FeedEvent): void {
    this.#events.push(event);
    this.#characters += event.all.length;
    while (this.#events.length > MOST_EVENTS || this.#characters > MOST_CHARACTERS) {
      this.#characters -= this.#events.shift()?.all.length ?? 0;
      this.#first++;
    }
    this.#wakeAll();
  }

  end(): void {
    this.#isOver = true;
    this.#wakeAll();
  }

  /** Resolves at the next event, at the end, after a time in milliseconds, or when the signal aborts. */
  changed(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
      if (signal.aborted || this.#isOver) wake();
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
