import type { StateRow, Stub } from 'spydra-sdk/contract';

/** Fabric's names of what may become of a transaction in a block. */
export type Code = 'VALID' | 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT' | 'DUPLICATE_TXID';

/** The block and the place in it of the transaction that wrote a value last; undefined for an absent key. */
type Version = string | undefined;

/** Rows that a peer reads of a range at a time, and so what is validated at least. */
const PEER_PAGE = 100;

interface RangeRead {
  readonly prefix: string;
  /** The last row that was read, if the range was not read to its end. */
  last: string | undefined;
  readonly rows: Map<string, Version>;
}

/** An endorsed transaction: what its simulation has read and written. It may be committed at any time, or never. */
export interface Envelope {
  readonly txId: string;
  readonly result: string;
  readonly reads: ReadonlyMap<string, Version>;
  readonly ranges: readonly RangeRead[];
  /** Undefined: deleted. */
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly event: { readonly name: string; readonly payload: string } | undefined;
}

export interface Proposal {
  readonly txId?: string;
  /** Milliseconds since 1970. */
  readonly time?: number;
}

/**
 * One channel of Fabric in memory: chaincode is simulated over the committed state, and a block's transactions are
 * validated one after the other against the versions that they have read.
 */
export class FabricLedger {
  /** Rows that a plain range gives at most (`ledger.state.totalQueryLimit` of a peer). */
  totalQueryLimit = 100_000;
  readonly events: { readonly name: string; readonly payload: string }[] = [];
  readonly #state = new Map<string, { readonly value: Uint8Array; readonly version: Version }>();
  /** In the order of their bytes. Deleted ones stay for a while. */
  #keys: string[] = [];
  #deleted = 0;
  /** Whether the order of bytes may differ from that of UTF-16 code units. */
  #hasHighCharacters = false;
  readonly #txIds = new Set<string>();
  #height = 0;
  #open = 0;

  /** Runs chaincode without ordering what it writes. */
  async evaluate(run: (stub: Stub) => Promise<string>, proposal: Proposal = {}): Promise<string> {
    return (await this.endorse(run, proposal)).result;
  }

  async endorse(
    run: (stub: Stub) => Promise<string>,
    { txId = this.nextTxId(), time = 0 }: Proposal = {},
  ): Promise<Envelope> {
    const simulation = new Simulation(this, txId, time);
    this.#open += 1;
    try {
      const result = await run(simulation);
      if (simulation.openIterators !== 0) throw new Error('an iterator was left open');
      const { reads, ranges, writes, event } = simulation;
      return { txId, result, reads, ranges, writes, event };
    } finally {
      this.#open -= 1;
    }
  }

  /** Commits envelopes as one block. */
  commit(...envelopes: readonly Envelope[]): Code[] {
    if (this.#open > 0) throw new Error('a peer commits no block while it simulates');
    const block = this.#height++;
    return envelopes.map((envelope, place) => {
      const code = this.#validate(envelope);
      this.#txIds.add(envelope.txId);
      if (code === 'VALID') this.#apply(envelope, `${block}.${place}`);
      return code;
    });
  }

  /** Puts rows that no transaction has written. */
  load(rows: Iterable<readonly [key: string, value: string]>): void {
    const writes = new Map([...rows].map(([key, value]) => [key, new TextEncoder().encode(value)]));
    this.#apply({ writes, event: undefined }, `${this.#height++}.0`);
  }

  /** All rows, as text by key. */
  rows(): Map<string, string> {
    return new Map([...this.keysBelow('')].map((key) => [key, new TextDecoder().decode(this.valueOf(key))]));
  }

  #nextId = 0;
  nextTxId(): string {
    this.#nextId += 1;
    // Not in the order of time, as real ones.
    return Array.from({ length: 8 }, (_, part) =>
      (Math.imul(this.#nextId * 8 + part + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
    ).join('');
  }

  valueOf(key: string): Uint8Array {
    return this.#state.get(key)?.value ?? new Uint8Array();
  }

  versionOf(key: string): Version {
    return this.#state.get(key)?.version;
  }

  /** Keys that begin with a prefix, from a key on, in the order of their bytes. */
  *keysBelow(prefix: string, from = prefix): Generator<string> {
    for (let index = this.#indexOf(from); index < this.#keys.length; index += 1) {
      const key = this.#keys[index] as string;
      if (!key.startsWith(prefix)) return;
      if (this.#state.has(key)) yield key;
    }
  }

  #validate({ txId, reads, ranges }: Envelope): Code {
    if (this.#txIds.has(txId)) return 'DUPLICATE_TXID';
    for (const [key, version] of reads) if (this.versionOf(key) !== version) return 'MVCC_READ_CONFLICT';
    return ranges.every((range) => this.#isUnchanged(range)) ? 'VALID' : 'PHANTOM_READ_CONFLICT';
  }

  #isUnchanged({ prefix, last, rows }: RangeRead): boolean {
    const now: string[] = [];
    for (const key of this.keysBelow(prefix)) {
      if (last !== undefined && this.#compare(key, last) > 0) break;
      now.push(key);
    }
    return now.length === rows.size && now.every((key) => rows.has(key) && rows.get(key) === this.versionOf(key));
  }

  #apply({ writes, event }: Pick<Envelope, 'writes' | 'event'>, version: string): void {
    const added: string[] = [];
    for (const [key, value] of writes) {
      if (value === undefined) {
        if (this.#state.delete(key)) this.#deleted += 1;
      } else {
        if (!this.#state.has(key)) added.push(key);
        this.#state.set(key, { value, version });
      }
    }
    this.#insert(added);
    if (event !== undefined) this.events.push(event);
  }

  #insert(added: readonly string[]): void {
    this.#hasHighCharacters ||= added.some((key) => /[\ud800-\uffff]/.test(key));
    if (this.#deleted > 10_000) {
      this.#keys = this.#keys.filter((key) => this.#state.has(key));
      this.#deleted = 0;
    }
    if (added.length > 10_000) {
      this.#keys = [...this.#state.keys()].sort((a, b) => this.#compare(a, b));
      return;
    }
    for (const key of added) {
      const index = this.#indexOf(key);
      if (this.#keys[index] !== key) this.#keys.splice(index, 0, key);
    }
  }

  #indexOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#keys[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: string, b: string): number {
    if (a === b) return 0;
    if (this.#hasHighCharacters) return Buffer.compare(Buffer.from(a), Buffer.from(b));
    return a < b ? -1 : 1;
  }
}

/** One run of chaincode: it sees the committed state, and not what it writes. */
class Simulation implements Stub {
  readonly reads = new Map<string, Version>();
  readonly ranges: RangeRead[] = [];
  readonly writes = new Map<string, Uint8Array | undefined>();
  event: { name: string; payload: string } | undefined;
  openIterators = 0;
  #isPaginated = false;

  constructor(
    private readonly ledger: FabricLedger,
    private readonly txId: string,
    private readonly time: number,
  ) {}

  getTxID = () => this.txId;

  getTxTimestamp() {
    const seconds = Math.floor(this.time / 1_000);
    return {
      seconds: { low: seconds | 0, high: Math.floor(seconds / 2 ** 32) },
      nanos: (this.time % 1_000) * 1_000_000,
    };
  }

  async getState(key: string): Promise<Uint8Array> {
    this.reads.set(key, this.ledger.versionOf(key));
    return this.ledger.valueOf(key);
  }

  async putState(key: string, value: Uint8Array): Promise<void> {
    if (value.length === 0) throw new Error('an empty value is the same as none');
    this.#write(key, value);
  }

  async deleteState(key: string): Promise<void> {
    this.#write(key, undefined);
  }

  createCompositeKey(objectType: string, attributes: string[]): string {
    for (const part of [objectType, ...attributes]) {
      if (part === '') throw new Error('object type or attribute not a non-zero length string');
      if (/[\0\u{10ffff}]/u.test(part) || !part.isWellFormed()) throw new Error('not a part of a composite key');
    }
    return `\0${[objectType, ...attributes].join('\0')}\0`;
  }

  async *getStateByPartialCompositeKey(objectType: string, attributes: string[]): AsyncGenerator<StateRow> {
    const prefix = this.createCompositeKey(objectType, attributes);
    const range: RangeRead = { prefix, last: undefined, rows: new Map() };
    this.ranges.push(range);
    this.openIterators += 1;
    try {
      const keys = this.ledger.keysBelow(prefix);
      let next = keys.next();
      for (let count = 0; !next.done && count < this.ledger.totalQueryLimit; ) {
        const page: string[] = [];
        while (!next.done && page.length < PEER_PAGE && count < this.ledger.totalQueryLimit) {
          page.push(next.value);
          next = keys.next();
          count += 1;
        }
        // A peer looks one row ahead.
        const read = next.done ? page : [...page, next.value];
        for (const key of read) range.rows.set(key, this.ledger.versionOf(key));
        range.last = next.done ? undefined : next.value;
        for (const key of page) yield { key, value: this.ledger.valueOf(key) };
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
    if (this.writes.size > 0) throw new Error('Paginated queries are supported only in a read-only transaction');
    this.#isPaginated = true;
    const prefix = this.createCompositeKey(objectType, attributes);
    const rows: StateRow[] = [];
    let next = '';
    for (const key of this.ledger.keysBelow(prefix, bookmark || prefix)) {
      if (rows.length === Math.min(pageSize, this.ledger.totalQueryLimit)) {
        next = key;
        break;
      }
      rows.push({ key, value: this.ledger.valueOf(key) });
    }
    this.openIterators += 1;
    const values = rows.values();
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
    return rows.length === 0 ? { iterator } : { iterator, metadata: { bookmark: next } };
  }

  setEvent(name: string, payload: Uint8Array): void {
    this.event = { name, payload: new TextDecoder().decode(payload) };
  }

  #write(key: string, value: Uint8Array | undefined): void {
    if (this.#isPaginated) throw new Error('Paginated queries are supported only in a read-only transaction');
    this.writes.set(key, value);
  }
}
