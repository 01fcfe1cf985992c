import { sleep } from '../core/abort.js';
import type { Call, WriteCall } from '../core/call.js';
import { SpydraError } from '../errors.js';
import { STANDARD } from '../http/retries.js';
import type { Ledger, TransactionRecord } from '../ledger/ledger.js';
import type { WriteIdentity } from '../ledger/operations.js';
import { findByKey, type SearchScope } from './find-by-key.js';
import type { SharedWrites } from './shared-writes.js';
import { compare, hasFingerprint, isAlive, isOfCall, matches, type Relation } from './write-identity.js';

/** A call with the fingerprint of its input. */
export type FingerprintedCall = WriteCall & { readonly fingerprint: string };

/** Milliseconds by which the server's clock may be behind the one of this process, for a record to count as fresh. */
const FRESHNESS_SKEW = 60_000;
/** The same, for a record to be read at all in a search that nothing else bounds, or to count as recent. */
export const SEARCH_SKEW = 3_600_000;
/** Milliseconds between two searches. */
const FIRST_PAUSE = 100;
const MAX_PAUSE = 5_000;

/** How a transaction was found. */
export interface Evidence {
  /** If the response to this write named it: when the write was sent, epoch milliseconds. */
  readonly sentAt?: number;
  /** Whether the server claims another input: then only the fingerprint proves that it is this write's. */
  readonly isDenied?: boolean;
}

/** What the ledger shows under the key at the end of a search. */
interface SearchResult {
  /** The write. */
  readonly found?: TransactionRecord | undefined;
  /** Where it is not there: a transaction under the key that has failed. */
  readonly failed?: TransactionRecord | undefined;
}

/** Finds the transactions of one write on the ledger, as distinct from those of other writes. */
export class WriteLookup {
  readonly #call: FingerprintedCall;
  readonly #ledger: Ledger;
  readonly #shared: SharedWrites;
  readonly #failed: ReadonlySet<string>;
  readonly #scope: SearchScope;

  /** @param failed - ids of transactions under the key that are known to have failed, whatever a list shows of them */
  constructor(
    identity: WriteIdentity,
    call: FingerprintedCall,
    ledger: Ledger,
    shared: SharedWrites,
    failed: ReadonlySet<string>,
  ) {
    // The caller's retry policy does not apply to finding out what became of the write.
    this.#call = { ...call, retries: STANDARD };
    this.#ledger = ledger;
    this.#shared = shared;
    this.#failed = failed;
    const recentSince = Date.parse(call.submittedAt) - SEARCH_SKEW;
    this.#scope = { identity, fingerprint: call.fingerprint, recentSince };
  }

  /** Whether a record is of this write; reads the transaction itself where its record in a list proves nothing. */
  async relationOf(record: TransactionRecord, evidence: Evidence = {}): Promise<Relation> {
    const relation = await this.#relationOfShown(record, evidence);
    if (relation !== 'unproven') return relation;
    const own = await this.#ledger.getTransaction(record.transactionId, this.#call).catch(() => record);
    return this.#relationOfShown(own, evidence);
  }

  /**
   * On a server that drops metadata, the transaction that the response to the write named counts if its record matches
   * all that was sent and is no older.
   */
  async #relationOfShown(record: TransactionRecord, { sentAt, isDenied }: Evidence): Promise<Relation> {
    const { metadataSupport: support } = this.#shared;
    support.note(record);
    const relation = compare(record, this.#scope.identity, this.#call);
    if (relation === 'same' && isDenied && !hasFingerprint(record)) return 'unproven';
    if (relation !== 'unproven' || sentAt === undefined || !this.#isFresh(record, sentAt)) return relation;
    // Where it cannot be read, nothing is proven.
    const isKept = await support.isKeptFor(this.#scope.identity, this.#ledger, this.#call).catch(() => true);
    return !isKept && support.claim(record, this.#call.callId) ? 'same' : relation;
  }

  /** The transaction under the key, preferably one that has not failed. */
  async underKey(call: Call = this.#call): Promise<TransactionRecord | undefined> {
    const records = await this.#find(this.#scope, call);
    return records.find(({ transactionId }) => !this.#failed.has(transactionId));
  }

  /**
   * Searches for the write after it was sent without a response, until its key shows, or a search that began after the
   * window has not found it. A failed record counts only if this very call has submitted it just now: earlier ones may
   * have failed before. After a failed attempt it counts only at the end: where the network repeats requests, it may be
   * of that attempt.
   *
   * @param uncertaintyWindow - milliseconds
   * @param mustBeSure - whether not finding it must prove that it was not applied: then no clock bounds the search
   * @throws the call's own error when that ends first; the ledger's, where the search cannot tell.
   */
  async unanswered(uncertaintyWindow: number, mustBeSure: boolean): Promise<SearchResult> {
    const until = performance.now() + uncertaintyWindow;
    const { signal, callId } = this.#call;
    const scope = { ...this.#scope, since: mustBeSure ? undefined : this.#scope.recentSince };
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
      signal.throwIfAborted();
      const isOver = performance.now() >= until;
      const search = () => this.#find(scope, this.#call);
      const records = await this.#shared.searches.run(signal, search).catch((error: unknown) => {
        // The next search may succeed.
        if (isOver || !(error instanceof SpydraError) || !error.retryable) throw error;
        return undefined;
      });
      // A list that lags behind may show as pending what has failed since.
      const isMeant = (record: TransactionRecord) =>
        !this.#failed.has(record.transactionId) &&
        (isAlive(record) || (isOfCall(record, callId) && (isOver || this.#failed.size === 0)));
      const found = records?.find(isMeant);
      if (found || isOver) return { found, failed: records?.find((record) => !isAlive(record)) };
      await sleep(Math.min(pause * (0.5 + Math.random()), until - performance.now()), signal);
    }
  }

  #find(scope: SearchScope, call: Call): Promise<readonly TransactionRecord[]> {
    return findByKey(this.#ledger, this.#call.idempotencyKey, scope, this.#shared.metadataSupport, call);
  }

  #isFresh(record: TransactionRecord, sentAt: number): boolean {
    return matches(record, this.#scope.identity) && Date.parse(record.timestamp) >= sentAt - FRESHNESS_SKEW;
  }
}
