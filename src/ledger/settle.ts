import { sleep } from '../abort.js';
import { type Call, ensureAlive } from '../call.js';
import { SpydraError } from '../errors.js';
import { findByKey } from './earlier-write.js';
import type { Ledger, TransactionRecord } from './ledger.js';
import type { Trace } from './trace.js';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const GROWTH = 2;

/** A write that was sent and not answered. */
export interface Unanswered {
  readonly idempotencyKey: string;
  readonly trace: Trace;
  /** Ids of transactions under its key that are known to be others: they had failed before it was sent. */
  readonly failed: ReadonlySet<string>;
  /** Epoch milliseconds after which it cannot arrive any more. */
  readonly until: number;
}

/**
 * Looks for an unanswered write under its key, until it shows or a search that began after `until` has not found it.
 *
 * @throws the call's own error when that ends first; the ledger's, where the search cannot tell.
 */
export async function settle(
  ledger: Pick<Ledger, 'listTransactions' | 'getTransaction'>,
  { idempotencyKey, trace, failed, until }: Unanswered,
  call: Call,
): Promise<TransactionRecord | undefined> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    ensureAlive(call);
    const isOver = Date.now() >= until;
    const records = await findByKey(ledger, idempotencyKey, trace, call).catch((error: unknown) => {
      // A search may fail and the next one succeed.
      if (isOver || !(error instanceof SpydraError) || !error.retryable) throw error;
      return undefined;
    });
    const found = records?.find(({ transactionId }) => !failed.has(transactionId));
    if (found || isOver) return found;
    await sleep(Math.min(pause, until - Date.now()), call.signal);
  }
}
