import type { Stub } from 'spydra-sdk/contract';
import { type ContractEventText, type Envelope, endorse, type Proposal } from '../../src/sandbox/simulation.js';
import { type ValidationCode, WorldState } from '../../src/sandbox/world-state.js';

export type { Envelope };

/** One channel of Fabric: the sandbox's world state, of which a test orders the envelopes itself. */
export class FabricLedger {
  /** Rows that a plain range gives at most (`ledger.state.totalQueryLimit` of a peer). */
  totalQueryLimit = 100_000;
  readonly events: ContractEventText[] = [];
  readonly state = new WorldState();
  #nextId = 0;
  #open = 0;

  /** Runs chaincode without ordering what it writes. */
  async evaluate(run: (stub: Stub) => Promise<string>, proposal: Partial<Proposal> = {}): Promise<string> {
    return (await this.endorse(run, proposal)).result;
  }

  async endorse(
    run: (stub: Stub) => Promise<string>,
    { txId = this.nextTxId(), time = 0 }: Partial<Proposal> = {},
  ): Promise<Envelope> {
    this.#open += 1;
    try {
      return await endorse(this.state, { txId, time }, run, this.totalQueryLimit);
    } finally {
      this.#open -= 1;
    }
  }

  /** Commits envelopes as one block. */
  commit(...envelopes: readonly Envelope[]): ValidationCode[] {
    if (this.#open > 0) throw new Error('a peer commits no block while it simulates');
    const codes = this.state.validate(envelopes);
    const block = envelopes.map((envelope, place) => ({ ...envelope, validationCode: codes[place] ?? 'VALID' }));
    this.state.apply(block);
    for (const { event, validationCode } of block) {
      if (event !== undefined && validationCode === 'VALID') this.events.push(event);
    }
    return codes;
  }

  /** Puts rows that no transaction has written. */
  load(rows: Iterable<readonly [key: string, value: string]>): void {
    this.state.apply([{ txId: this.nextTxId(), writes: new Map(rows), validationCode: 'VALID' }]);
  }

  /** All rows, as text by key. */
  rows(): Map<string, string> {
    return new Map([...this.state.keys()].map((key) => [key, this.state.valueOf(key) ?? '']));
  }

  nextTxId(): string {
    this.#nextId += 1;
    // Not in the order of time, as real ones.
    return Array.from({ length: 8 }, (_, part) =>
      (Math.imul(this.#nextId * 8 + part + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0'),
    ).join('');
  }
}
