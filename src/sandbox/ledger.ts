import { createHash } from 'node:crypto';
import { type Block, type SealedBlock, sealBlock } from './block.js';
import type { Clock } from './clock.js';
import type { Journal } from './journal.js';
import { Refusal } from './refusal.js';
import type { Envelope, Proposal } from './simulation.js';
import { messageOf } from './thrown.js';
import {
  type Reply,
  recordsIn,
  type Transaction,
  type TransactionDetails,
  type TransactionRecord,
} from './transaction.js';
import type { ValidationCode, WorldState } from './world-state.js';

export interface LedgerOptions {
  /** Milliseconds from a block's first transaction until the block is cut; 0 cuts one for each transaction at once. */
  readonly blockTime: number;
  /** How many pending transactions cut a block before its time. */
  readonly blockSize: number;
  readonly clock: Clock;
  /** Fresh randomness for a transaction id. */
  readonly nonce: () => string;
  /** The state before the first block. */
  readonly state: WorldState;
  /** Stores the blocks durably. */
  readonly journal: Journal | undefined;
  readonly warn: (message: string) => void;
  /** Called when a transaction is accepted, and again when its block is committed; also while the journal is read. */
  readonly onAccepted: (transaction: Transaction) => void;
  readonly onCommitted: (transaction: Transaction) => void;
}

/** An endorsed transaction that waits for its block. */
export interface PendingTransaction {
  readonly transaction: Transaction;
  readonly envelope: Envelope;
}

/**
 * Orders endorsed transactions into blocks, validates and commits them, by Fabric's rules.
 *
 * Every step is synchronous, so no other step sees or changes it half-done.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #blocks: Block[] = [];
  readonly #transactions = new Map<string, Transaction>();
  readonly #listeners = new Set<(committed: readonly PendingTransaction[]) => void>();
  #pending: PendingTransaction[] = [];
  #cutTimer: unknown;
  #lastTimestamp = 0;
  #stopped: string | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    for (const block of options.journal?.replay() ?? []) {
      for (const { transaction } of block.entries) this.#accept(transaction);
      this.#apply(block);
    }
  }

  get state(): WorldState {
    return this.#options.state;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** A transaction that was accepted. */
  find(transactionId: string): Transaction | undefined {
    return this.#transactions.get(transactionId);
  }

  /** Calls the listener after each block, with its transactions; returns a function that unsubscribes it. */
  subscribe(listener: (committed: readonly PendingTransaction[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The id and the time of the next transaction. */
  propose(): Proposal {
    const { clock, nonce } = this.#options;
    // As in Fabric the id is a hash over a nonce. The count keeps ids apart even under a poor source of randomness.
    const txId = createHash('sha256').update(`${nonce()} ${this.#transactions.size}`).digest('hex');
    return { txId, time: Math.max(clock.now(), this.#lastTimestamp) };
  }

  /**
   * Queues an endorsed transaction for the next block, and cuts that if it is due.
   *
   * @throws Refusal UNAVAILABLE if the ledger accepts no more writes. Nothing is ordered then, except that a block which could
   *   not be stored may turn out to be there after a restart.
   */
  order(envelope: Envelope, timestamp: number, reply?: Reply): Transaction {
    this.refuseIfStopped();
    const { blockTime, blockSize, clock } = this.#options;
    const { txId: transactionId, writes } = envelope;
    const transaction: Transaction = { transactionId, timestamp, records: recordsIn(writes), reply };
    this.#accept(transaction);
    this.#pending.push({ transaction, envelope });
    if (blockTime === 0 || this.#pending.length >= blockSize) this.cut();
    else this.#cutTimer ??= clock.setTimeout(() => this.cut(), blockTime);
    if (transaction.validationCode === undefined) this.refuseIfStopped();
    return transaction;
  }

  /** @throws Refusal UNAVAILABLE after the journal failed, after its file was changed, or after close(). */
  refuseIfStopped(): void {
    if (this.#stopped === undefined) this.#stopIfChanged();
    if (this.#stopped !== undefined) throw new Refusal('UNAVAILABLE', this.#stopped);
  }

  #stopIfChanged(): void {
    try {
      this.#options.journal?.refuseIfChanged();
    } catch (error) {
      this.#stop(messageOf(error));
    }
  }

  #stop(reason: string): void {
    this.#stopped = `${reason}; no more writes are taken until a restart.`;
    this.#options.warn(this.#stopped);
  }

  /** Cuts a block of all pending transactions now. */
  cut(): void {
    this.#options.clock.clearTimeout(this.#cutTimer);
    this.#cutTimer = undefined;
    if (this.#pending.length === 0 || this.#stopped !== undefined) return;
    const pending = this.#pending;
    this.#pending = [];
    const block = this.#store(pending);
    if (block === undefined) return;
    this.#apply(block);
    for (const listener of this.#listeners) listener(pending);
  }

  /** Cuts the last block and accepts no more writes; reads continue. */
  close(): void {
    this.cut();
    this.#stopped ??= 'The sandbox is closed.';
    this.#options.journal?.close();
  }

  /** Writes a block to the disk before any of it is visible. If that fails, the ledger stops. */
  #store(pending: readonly PendingTransaction[]): SealedBlock | undefined {
    try {
      const { clock, journal } = this.#options;
      const timestamp = Math.max(clock.now(), this.#lastTimestamp);
      const codes = this.state.validate(pending.map(({ envelope }) => envelope));
      const entries = pending.map(({ transaction, envelope: { writes } }, place) => {
        return { transaction, writes, validationCode: codes[place] as ValidationCode };
      });
      const block = sealBlock(this.#blocks.at(-1), { timestamp, entries });
      journal?.append(block.line);
      return block;
    } catch (error) {
      // Whether the block reached the disk is not known, so its transactions stay pending until a restart.
      this.#stop(`A block could not be stored (${messageOf(error)})`);
      return undefined;
    }
  }

  #accept(transaction: Transaction): void {
    this.#lastTimestamp = Math.max(this.#lastTimestamp, transaction.timestamp);
    this.#transactions.set(transaction.transactionId, transaction);
    this.#options.onAccepted(transaction);
  }

  #apply({ number, previousHash, hash, timestamp, entries }: SealedBlock): void {
    this.state.apply(entries.map((entry) => ({ ...entry, txId: entry.transaction.transactionId })));
    const transactions = entries.map(({ transaction, validationCode }) => {
      Object.assign(transaction, { validationCode, blockNumber: number });
      this.#options.onCommitted(transaction);
      const { transactionId, timestamp, records } = transaction;
      return { ...inBlock(transactionId, records), transactionId, timestamp, validationCode };
    });
    this.#lastTimestamp = timestamp;
    this.#blocks.push({ number, previousHash, hash, timestamp, transactions });
  }
}

/** What a transaction did: its one record, or that it is a batch. */
function inBlock(transactionId: string, [record]: readonly TransactionRecord[]): TransactionDetails {
  return record?.transactionId === transactionId ? record : { type: 'batch' };
}
