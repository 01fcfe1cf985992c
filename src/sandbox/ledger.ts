import { createHash } from 'node:crypto';
import { type Block, type BlockEntry, type SealedBlock, sealBlock } from './block.js';
import type { Clock } from './clock.js';
import type { ContractName } from './contracts.js';
import { RowSums } from './delta-rows.js';
import type { Journal } from './journal.js';
import type { JsonObject } from './json.js';
import { type Version, WorldState } from './key-values.js';
import { Refusal } from './refusal.js';
import { type ChaincodeFunction, Simulation } from './synchronous-simulation.js';
import { messageOf } from './thrown.js';
import type { IdempotencyClaim, Transaction, TransactionDetails } from './transaction.js';
import type { TransactionIndex } from './transaction-index.js';

/** A chaincode event of a transaction that was committed as valid. */
export interface ContractEvent {
  /** AssetCreated, AssetUpdated, TokensMinted, TokensBurned, TokensTransferred or MetadataCreated. */
  readonly name: string;
  readonly payload: JsonObject;
  readonly transactionId: string;
  readonly blockNumber: number;
}

export interface LedgerOptions {
  /** The contract that writes its blocks. */
  readonly contract: ContractName;
  /** Milliseconds from a block's first transaction until the block is cut; 0 cuts one for each transaction at once. */
  readonly blockTime: number;
  /** How many pending transactions cut a block before its time. */
  readonly blockSize: number;
  readonly clock: Clock;
  /** Fresh randomness for a transaction id. */
  readonly nonce: () => string;
  readonly index: TransactionIndex;
  /** Stores the blocks durably. */
  readonly journal: Journal | undefined;
  readonly warn: (message: string) => void;
}

interface PendingTransaction {
  readonly transaction: Transaction;
  readonly simulation: Simulation;
}

/**
 * Orders transactions into blocks and commits them, by Fabric's rules: execute, order, validate.
 *
 * Every step is synchronous, so no other step sees or changes it half-done.
 */
export class Ledger {
  readonly state = new WorldState();
  readonly #options: LedgerOptions;
  readonly #blocks: Block[] = [];
  readonly #listeners = new Set<(event: ContractEvent) => void>();
  #waiting: PendingTransaction[] = [];
  /** The delta rows of pending transactions. */
  #waitingRows = new RowSums();
  #cutTimer: unknown;
  #accepted = 0;
  #lastTimestamp = 0;
  #stopped: string | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    for (const block of options.journal?.replay() ?? []) {
      for (const { transaction } of block.entries) this.#accept(transaction);
      this.#apply(block);
    }
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** Calls the listener for every event of a valid transaction; returns a function that unsubscribes it. */
  subscribe(listener: (event: ContractEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Simulates the call over the committed state and, if the contract agrees, queues it for the next block.
   *
   * @throws Refusal with the contract's code, if it refuses; UNAVAILABLE if the ledger accepts no more writes. Nothing is
   *   ordered then, except that a block which could not be stored may turn out to be there after a restart.
   */
  submit<Args, Response extends JsonObject>(
    chaincode: ChaincodeFunction<Args, Response>,
    args: Args,
    describe: (response: Response) => TransactionDetails,
    claim?: IdempotencyClaim,
  ): Transaction {
    this.refuseIfStopped();
    const { blockTime, blockSize, clock, nonce } = this.#options;
    // As in Fabric the id is a hash over a nonce. The count keeps ids apart even under a poor source of randomness.
    const transactionId = createHash('sha256').update(`${nonce()} ${this.#accepted}`).digest('hex');
    const simulation = new Simulation(this.state, this.#waitingRows, transactionId);
    const response = chaincode(simulation, args);

    const timestamp = Math.max(clock.now(), this.#lastTimestamp);
    const transaction: Transaction = { ...describe(response), transactionId, timestamp, response, claim };
    this.#accept(transaction);
    this.#waiting.push({ transaction, simulation });
    this.#waitingRows.add(simulation.writes);
    if (blockTime === 0 || this.#waiting.length >= blockSize) this.cut();
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
    if (this.#waiting.length === 0 || this.#stopped !== undefined) return;
    const pending = this.#waiting;
    this.#waiting = [];
    this.#waitingRows = new RowSums();
    const block = this.#store(pending);
    if (block === undefined) return;
    this.#apply(block);
    this.#emit(pending, block.number);
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
      const { clock, contract, journal } = this.#options;
      const timestamp = Math.max(clock.now(), this.#lastTimestamp);
      const block = sealBlock(this.#blocks.at(-1), { timestamp, contract, entries: this.#validate(pending) });
      journal?.append(block.line);
      return block;
    } catch (error) {
      // Whether the block reached the disk is not known, so its transactions stay pending until a restart.
      this.#stop(`A block could not be stored (${messageOf(error)})`);
      return undefined;
    }
  }

  /** Fabric's validation: a transaction is valid if what it read is still current, after those before it in the block. */
  #validate(pending: readonly PendingTransaction[]): BlockEntry[] {
    const block = this.#blocks.length;
    const changed = new Map<string, Version>();
    return pending.map(({ transaction, simulation: { reads, writes } }, tx) => {
      const isCurrent = ([key, read]: [string, Version | undefined]) => {
        const current = changed.get(key) ?? this.state.versionOf(key);
        return current?.block === read?.block && current?.tx === read?.tx;
      };
      if (![...reads].every(isCurrent)) {
        return { transaction, validationCode: 'MVCC_READ_CONFLICT', writes: new Map() };
      }
      for (const key of writes.keys()) changed.set(key, { block, tx });
      return { transaction, validationCode: 'VALID', writes };
    });
  }

  #accept(transaction: Transaction): void {
    this.#options.index.add(transaction);
    this.#lastTimestamp = transaction.timestamp;
    this.#accepted++;
  }

  #apply({ number, previousHash, hash, timestamp, entries }: SealedBlock): void {
    const transactions = entries.map(({ transaction, validationCode, writes }, tx) => {
      this.state.apply(writes, { block: number, tx });
      return Object.assign(transaction, { validationCode });
    });
    this.#lastTimestamp = timestamp;
    this.#blocks.push({ number, previousHash, hash, timestamp, transactions });
  }

  #emit(committed: readonly PendingTransaction[], blockNumber: number): void {
    for (const { transaction, simulation } of committed) {
      if (transaction.validationCode !== 'VALID' || simulation.event === undefined) continue;
      const event = { ...simulation.event, transactionId: transaction.transactionId, blockNumber };
      for (const listener of this.#listeners) this.#notify(listener, event);
    }
  }

  #notify(listener: (event: ContractEvent) => void, event: ContractEvent): void {
    try {
      listener(event);
    } catch (error) {
      // The block is committed, even if a listener throws.
      this.#options.warn(`A listener failed on ${event.name}: ${String(error)}`);
    }
  }
}
