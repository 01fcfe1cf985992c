import type { StateRow, Stub } from '../contract/index.js';
import { compositeKey } from './composite-key.js';
import { compareKeys } from './sorted-keys.js';
import type { RangeRead, ReadWriteSet, Version, WorldState } from './world-state.js';

/** Rows that a peer reads of a range at a time, and so what is validated at least. */
const PEER_PAGE = 100;

const PAGINATED = 'Paginated queries are supported only in a read-only transaction';

export interface ContractEventText {
  readonly name: string;
  readonly payload: string;
}

/** What distinguishes one proposal from the next. */
export interface Proposal {
  readonly txId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** An endorsed transaction: what its simulation has read and written. It may be committed at any time, or never. */
export interface Envelope extends ReadWriteSet {
  readonly result: string;
  readonly event: ContractEventText | undefined;
}

/** Runs chaincode over the committed state, and changes nothing. */
export async function endorse(
  state: WorldState,
  { txId, time }: Proposal,
  run: (stub: Stub) => Promise<string>,
  totalQueryLimit?: number,
): Promise<Envelope> {
  const simulation = new Simulation(state, txId, time, totalQueryLimit);
  const result = await run(simulation);
  if (simulation.openIterators !== 0) throw new Error('The chaincode left an iterator open.');
  const { reads, ranges, writes, event } = simulation;
  return { txId, result, reads, ranges, writes, event };
}

/** One run of chaincode: it sees the committed state, and not what it writes. */
class Simulation implements Stub {
  readonly reads = new Map<string, Version>();
  readonly ranges: RangeRead[] = [];
  readonly writes = new Map<string, string | undefined>();
  event: ContractEventText | undefined;
  openIterators = 0;
  #isPaginated = false;

  constructor(
    private readonly state: WorldState,
    private readonly txId: string,
    private readonly time: number,
    /** Rows that a plain range gives at most (`ledger.state.totalQueryLimit` of a peer). */
    private readonly totalQueryLimit = 100_000,
  ) {}

  getTxID(): string {
    return this.txId;
  }

  getTxTimestamp() {
    const seconds = Math.floor(this.time / 1_000);
    return { seconds, nanos: Math.floor((this.time - seconds * 1_000) * 1_000_000) };
  }

  async getState(key: string): Promise<Uint8Array> {
    this.reads.set(key, this.state.versionOf(key));
    return this.#bytesOf(key);
  }

  async putState(key: string, value: Uint8Array): Promise<void> {
    if (value.length === 0) throw new Error('An empty value is the same as none.');
    this.#write(key, new TextDecoder().decode(value));
  }

  async deleteState(key: string): Promise<void> {
    this.#write(key, undefined);
  }

  createCompositeKey(objectType: string, attributes: string[]): string {
    for (const part of [objectType, ...attributes]) {
      if (part === '') throw new Error('object type or attribute not a non-zero length string');
      if (/[\0\u{10ffff}\p{Cs}]/u.test(part)) throw new Error('not a part of a composite key');
    }
    return compositeKey(objectType, ...attributes);
  }

  async *getStateByPartialCompositeKey(objectType: string, attributes: string[]): AsyncGenerator<StateRow> {
    const prefix = this.createCompositeKey(objectType, attributes);
    const keys = [...this.state.keysBelow(prefix)];
    const end = Math.min(keys.length, this.totalQueryLimit);
    const rows = new Map<string, Version>();
    const place = this.ranges.push({ prefix, last: undefined, rows }) - 1;
    this.openIterators += 1;
    try {
      for (let start = 0; start < end; start += PEER_PAGE) {
        const next = Math.min(start + PEER_PAGE, end);
        // A peer looks one row ahead.
        for (const key of keys.slice(start, next + 1)) rows.set(key, this.state.versionOf(key));
        this.ranges[place] = { prefix, last: keys[next], rows };
        for (const key of keys.slice(start, next)) yield { key, value: this.#bytesOf(key) };
      }
    } finally {
      this.openIterators -= 1;
    }
  }

  async getStateByPartialCompositeKeyWithPagination(
    objectType: string,
    attributes: string[],
    pageSize: number,
    bookmark = '',
  ) {
    if (this.writes.size > 0) throw new Error(PAGINATED);
    this.#isPaginated = true;
    const prefix = this.createCompositeKey(objectType, attributes);
    const keys = [...this.state.keysBelow(prefix)].filter((key) => bookmark === '' || compareKeys(key, bookmark) >= 0);
    const size = Math.min(pageSize, this.totalQueryLimit);
    const rows = keys.slice(0, size).map((key) => ({ key, value: this.#bytesOf(key) }));
    const values = rows.values();
    this.openIterators += 1;
    const iterator = {
      next: async () => {
        const { value, done = false } = values.next();
        return { value: value as StateRow, done };
      },
      close: async () => {
        this.openIterators -= 1;
      },
    };
    // fabric-shim gives no metadata for an empty page.
    return rows.length === 0 ? { iterator } : { iterator, metadata: { bookmark: keys[size] ?? '' } };
  }

  setEvent(name: string, payload: Uint8Array): void {
    this.event = { name, payload: new TextDecoder().decode(payload) };
  }

  /** Empty for an absent key. */
  #bytesOf(key: string): Uint8Array {
    return new TextEncoder().encode(this.state.valueOf(key) ?? '');
  }

  #write(key: string, value: string | undefined): void {
    if (this.#isPaginated) throw new Error(PAGINATED);
    this.writes.set(key, value);
  }
}
