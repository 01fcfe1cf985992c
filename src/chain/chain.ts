import type { Call, WriteCall } from '../core/call.js';
import type { ValidationCode } from '../known-values.js';

/** A function of the contract to call in a transaction. */
export interface Invocation {
  readonly functionName: string;
  readonly args: readonly string[];
  /**
   * Reads the result before the transaction is ordered: whether it has written anything. It throws if nothing must be
   * ordered.
   */
  readonly hasWritten: (result: string) => boolean;
  /** Whether an earlier transaction, of a batch, may still apply the order: a refusal is no end then. */
  readonly isOpen?: boolean;
}

/** A transaction that has ended well. */
export interface Transacted {
  /** What the function has returned: JSON. */
  readonly result: string;
  /** Whether it is on the ledger. False only with `confirm: false`: an orderer has taken it. */
  readonly isCommitted: boolean;
  /** The places of the orders of a batch that may still be applied, while others were. */
  readonly open?: readonly number[];
}

/** A transaction as the channel knows it, valid or not. */
export interface FoundTransaction {
  /** `'VALID'`, or why it is not. */
  readonly validationCode: 'VALID' | ValidationCode;
  /** ISO 8601, by the clock of its client. */
  readonly timestamp: string | undefined;
}

/** The event of a valid transaction of the contract: it has one, whatever it did. */
export interface ChainEvent {
  /** The number of its block. */
  readonly block: number;
  readonly transactionId: string;
  /** JSON, as the contract has emitted it. */
  readonly payload: string;
}

/**
 * A channel on which the contract runs: calls its functions, and may know transactions by their ids. `contractLedger` makes
 * a Ledger of it.
 */
export interface Chain {
  /** Names channel and chaincode among all that an application uses. */
  readonly name: string;
  /** Runs a function that writes nothing, and returns its result: JSON. */
  query(functionName: string, args: readonly string[], call: Call): Promise<string>;
  /**
   * Runs a function in one transaction, and waits for its commit unless `call.confirm` is false. It never orders the
   * function a second time while an earlier transaction of the call may still become valid.
   *
   * @throws an error of `refusalError` if the contract refuses; TransactionFailedError if the transaction is invalid;
   * OutcomeUnknownError if it was sent, and its end was not seen; any other error if nothing was sent
   */
  transact(invocation: Invocation, call: WriteCall): Promise<Transacted>;
  /** The transaction, if the channel has it. Left out where only the contract's records can be read. */
  find?(transactionId: string, call: Call): Promise<FoundTransaction | undefined>;
  /** Waits until the channel has the transaction, and returns its validation code. Left out as `find` is. */
  wait?(transactionId: string, call: Call): Promise<FoundTransaction['validationCode']>;
  /** How many blocks the channel has: the next one has this number. With `listen`. */
  height?(call: Call): Promise<number>;
  /**
   * The events of the contract from a block on, in the order of the channel, until the call ends: those of blocks to come
   * too. An error that is `retryable` means that it may be called again. Without it, nothing can be watched.
   */
  listen?(startBlock: number, call: Call): AsyncIterable<ChainEvent>;
  /** Ends what it has opened. */
  close?(): Promise<void>;
}
