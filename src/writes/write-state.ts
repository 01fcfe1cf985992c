import type { SpydraError } from '../errors.js';
import type { TransactionRecord } from '../ledger/ledger.js';
import type { Operation, Receipt } from '../ledger/operations.js';
import type { KeyUse } from './shared-writes.js';
import type { Evidence, FingerprintedCall } from './write-lookup.js';

/** One write within one call. */
export interface Write<Order, R extends Receipt> {
  readonly operation: Operation<Order, R>;
  readonly order: Order;
  readonly call: FingerprintedCall;
  readonly key: KeyUse;
}

/*
 * What is known of a write. It begins as unchecked or unsent, and ends as accepted or committed, or with an error that
 * one of the steps of `submit.ts` throws.
 */

export type State<R> = Unchecked | Unsent | Unanswered | Named<R> | Accepted<R> | Committed<R> | Failed;

/** The caller gave the key: an earlier call may have used it. */
export type Unchecked = { readonly is: 'unchecked' };

/** No transaction holds the key. */
export type Unsent = { readonly is: 'unsent' };

/** It was sent, and no response has named its transaction. */
export type Unanswered = { readonly is: 'unanswered'; readonly error: SpydraError };

/** A transaction is taken for this write: it has not ended, or is not verified yet. */
export type Named<R> = Evidence & {
  readonly is: 'named';
  readonly transactionId: string;
  /** Whether a list has shown a record that is this write's: the transaction itself need not prove it again. */
  readonly isProven?: boolean;
} & (
    | { readonly by: 'response'; readonly receipt?: R }
    /** An error response named it, or the search after the error has found it. */
    | { readonly by: 'error' | 'search'; readonly error: SpydraError }
    /** Submitted by an earlier call: this client remembers it, or the ledger shows it under the key. */
    | { readonly by: 'memory' | 'ledger' }
  );

/** Taken by the server, where the caller wants no more. */
export type Accepted<R> = { readonly is: 'accepted'; readonly receipt: R };

export type Committed<R> = {
  readonly is: 'committed';
  readonly record: TransactionRecord;
  readonly receipt: R | undefined;
};

/** It changed nothing. */
export type Failed = { readonly is: 'failed'; readonly record: TransactionRecord };
