import { sleep } from '../abort.js';
import { type Call, ensureAlive } from '../call.js';
import { SpydraError } from '../errors.js';
import { findByKey, isAlive } from './earlier-write.js';
import type { Ledger, TransactionRecord } from './ledger.js';
import { isOfCall, type Trace } from './trace.js';
import { Turns } from './turns.js';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const GROWTH = 2;
/** Searches of one client at a time: what is not answered is often not alone, and the server may be ill. */
const MOST_SEARCHES = 8;
/** Milliseconds by which the server's clock and ours may differ. */
const SKEW = 3_600_000;

/** A write that was sent and not answered. */
export interface Unanswered {
  readonly idempotencyKey: string;
  /** The call that sent it, and the ids of what that has submitted before. */
  readonly callId: string;
  readonly failed: ReadonlySet<string>;
  readonly trace: Trace;
  /** Epoch milliseconds before which it was not sent, and after which it cannot arrive any more. */
  readonly sentAfter: number;
  readonly until: number;
}

/** Lets searches take turns, a few side by side. */
export class Searches {
  readonly #turns = new Turns();
  #begun = 0;

  async run<T>(signal: AbortSignal, search: () => Promise<T>): Promise<T> {
    const leave = await this.#turns.enter(String(this.#begun++ % MOST_SEARCHES), signal);
    try {
      return await search();
    } finally {
      leave();
    }
  }
}

/**
 * Looks for an unanswered write, until its key shows or a search that began after `until` has not found it. A record
 * that has failed is taken for it only if it is of this very call, and new: another one may have failed before.
 *
 * @throws the call's own error when that ends first; the ledger's, where the search cannot tell.
 */
export async function settle(
  ledger: Pick<Ledger, 'listTransactions' | 'getTransaction'>,
  { idempotencyKey, callId, failed, trace, sentAfter, until }: Unanswered,
  searches: Searches,
  call: Call,
): Promise<TransactionRecord | undefined> {
  const scope = { ...trace, since: sentAfter - SKEW };
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    ensureAlive(call);
    const isOver = Date.now() >= until;
    const search = () => findByKey(ledger, idempotencyKey, scope, call);
    const records = await searches.run(call.signal, search).catch((error: unknown) => {
      // A search may fail and the next one succeed.
      if (isOver || !(error instanceof SpydraError) || !error.retryable) throw error;
      return undefined;
    });
    // A list that lags behind may show as pending what has failed since.
    const isMeant = (record: TransactionRecord) =>
      !failed.has(record.transactionId) && (isAlive(record) || isOfCall(record, callId));
    const found = records?.find(isMeant);
    if (found || isOver) return found;
    await sleep(Math.min(pause * (0.5 + Math.random()), until - Date.now()), call.signal);
  }
}
