import { sleep } from '../core/abort.js';
import { type Call, ensureAlive } from '../core/call.js';
import { SpydraError } from '../errors.js';
import type { Ledger, TransactionRecord } from '../ledger/ledger.js';
import { findByKey, isAlive } from './find-by-key.js';
import type { SharedWrites } from './shared-writes.js';
import { isOfCall, type WriteIdentity } from './write-identity.js';

const FIRST_PAUSE = 100;
const MAX_PAUSE = 5_000;
const GROWTH = 2;
/** A write that was sent and not answered. */
export interface Unanswered {
  readonly idempotencyKey: string;
  /** The call that sent it, and the ids of what that has submitted before. */
  readonly callId: string;
  readonly failed: ReadonlySet<string>;
  readonly identity: WriteIdentity;
  /** Epoch milliseconds: no older record is read, where that is given. */
  readonly since: number | undefined;
  readonly recentSince: number;
  readonly fingerprint: string;
  /** When it can no longer be applied, as `performance.now()` counts. */
  readonly until: number;
}

/** What the ledger shows under the key at the end of a search. */
export interface SearchResult {
  /** The write. */
  readonly found?: TransactionRecord | undefined;
  /** Where it is not there: a transaction under the key that has failed. */
  readonly failed?: TransactionRecord | undefined;
}

/**
 * Searches for an unanswered write until its key shows, or a search that began after `until` has not found it. A failed
 * record counts only if this very call has submitted it just now: earlier ones may have failed before.
 *
 * @throws the call's own error when that ends first; the ledger's, where the search cannot tell.
 */
export async function findUnanswered(
  ledger: Pick<Ledger, 'listTransactions' | 'getTransaction'>,
  { idempotencyKey, callId, failed, identity, fingerprint, since, recentSince, until }: Unanswered,
  { searches, metadataSupport }: Pick<SharedWrites, 'searches' | 'metadataSupport'>,
  call: Call,
): Promise<SearchResult> {
  const scope = { identity, fingerprint, recentSince, ...(since === undefined ? {} : { since }) };
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, MAX_PAUSE)) {
    ensureAlive(call);
    const isOver = performance.now() >= until;
    const search = () => findByKey(ledger, idempotencyKey, scope, metadataSupport, call);
    const records = await searches.run(call.signal, search).catch((error: unknown) => {
      // The next search may succeed.
      if (isOver || !(error instanceof SpydraError) || !error.retryable) throw error;
      return undefined;
    });
    // A list that lags behind may show as pending what has failed since.
    const isMeant = (record: TransactionRecord) =>
      !failed.has(record.transactionId) && (isAlive(record) || isOfCall(record, callId));
    const found = records?.find(isMeant);
    if (found || isOver) return { found, failed: records?.find((record) => !isAlive(record)) };
    await sleep(Math.min(pause * (0.5 + Math.random()), until - performance.now()), call.signal);
  }
}
