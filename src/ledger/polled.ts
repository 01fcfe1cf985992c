import { CommitPoller } from './commit-poller.js';
import type { Ledger } from './ledger.js';

/** A ledger that can only be asked where a transaction stands. */
export type AskedLedger = Omit<Ledger, 'waitForTransaction'>;

/** Lets callers wait for transactions of a ledger that tells of a commit only when asked. All waits share one poller. */
export function polled(ledger: AskedLedger): Ledger {
  const poller = new CommitPoller(ledger);
  return {
    ...ledger,
    waitForTransaction: (transactionId, call, isFresh = false) => poller.wait(transactionId, call, isFresh),
  };
}
