import type { common, peer } from '@hyperledger/fabric-protos';
import type { ValidationCode } from '../../../src/sandbox/world-state.js';

export interface CommittedTransaction {
  readonly txId: string;
  readonly code: ValidationCode;
  readonly blockNumber: number;
  readonly envelope: common.Envelope;
  readonly chaincodeEvent: peer.ChaincodeEvent | undefined;
}

export interface Block {
  readonly number: number;
  readonly transactions: readonly CommittedTransaction[];
}

/** The blocks that a peer has committed, and what became of each transaction. */
export class BlockStore {
  /** The first one holds the channel's configuration. */
  readonly #blocks: Block[] = [{ number: 0, transactions: [] }];
  readonly #byId = new Map<string, CommittedTransaction>();
  readonly #listeners = new Set<() => void>();

  get height(): number {
    return this.#blocks.length;
  }

  add(transactions: readonly Omit<CommittedTransaction, 'blockNumber'>[]): void {
    const number = this.height;
    const committed = transactions.map((transaction) => ({ ...transaction, blockNumber: number }));
    this.#blocks.push({ number, transactions: committed });
    // An id keeps its first code: a later envelope with it is DUPLICATE_TXID.
    for (const transaction of committed) {
      if (!this.#byId.has(transaction.txId)) this.#byId.set(transaction.txId, transaction);
    }
    for (const listener of [...this.#listeners]) listener();
  }

  find(txId: string): CommittedTransaction | undefined {
    return this.#byId.get(txId);
  }

  from(number: number): readonly Block[] {
    return this.#blocks.slice(number);
  }

  /** Calls back after each block, until the returned function is called. */
  onBlock(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
