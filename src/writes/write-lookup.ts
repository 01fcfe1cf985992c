import type { Call, WriteCall } from '../core/call.js';
import type { Ledger, TransactionRecord } from '../ledger/ledger.js';
import { findByKey } from './find-by-key.js';
import { findUnanswered, type SearchResult } from './find-unanswered.js';
import type { SharedWrites } from './shared-writes.js';
import type { Held } from './write.js';
import { compare, hasFingerprint, matches, type Relation, type WriteIdentity } from './write-identity.js';

/** A call with the fingerprint of its input. */
export type SealedCall = WriteCall & { readonly fingerprint: string };

/** Milliseconds by which the server's clock may be behind the one of this process, for a record to count as fresh. */
const FRESHNESS_SKEW = 60_000;
/** The same, for a record to be read at all in a search that nothing else bounds, or to count as recent. */
export const SEARCH_SKEW = 3_600_000;
/** Milliseconds for which a transaction without proof stays claimed by a call. */
const REMEMBERED = 3_600_000;

/** How a transaction was found. */
type Evidence = Pick<Held<never>, 'sentAt' | 'isDenied'>;

/** Finds the transactions of one write on the ledger, as distinct from those of other writes. */
export class WriteLookup {
  readonly #identity: WriteIdentity;
  readonly #call: SealedCall;
  readonly #ledger: Ledger;
  readonly #shared: SharedWrites;

  constructor(identity: WriteIdentity, call: SealedCall, ledger: Ledger, shared: SharedWrites) {
    this.#identity = identity;
    this.#call = call;
    this.#ledger = ledger;
    this.#shared = shared;
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
    const relation = compare(record, this.#identity, this.#call);
    if (relation === 'same' && isDenied && !hasFingerprint(record)) return 'unproven';
    if (relation !== 'unproven' || sentAt === undefined || !this.#isFresh(record, sentAt)) return relation;
    // Where it cannot be read, nothing is proven.
    const isKept = await support.isKeptFor(this.#identity, this.#ledger, this.#call).catch(() => true);
    return !isKept && this.#claim(record) ? 'same' : relation;
  }

  /** The transaction under the key, preferably one that has not failed. */
  async underKey(call: Call = this.#call): Promise<TransactionRecord | undefined> {
    const { idempotencyKey, fingerprint } = this.#call;
    const scope = { identity: this.#identity, fingerprint, recentSince: this.#recently };
    const records = await findByKey(this.#ledger, idempotencyKey, scope, this.#shared.metadataSupport, call);
    return records[0];
  }

  /**
   * Searches for the write after it was sent and not answered.
   *
   * @param failed - ids of what the call has submitted before
   * @param uncertaintyWindow - milliseconds
   * @param mustBeSure - whether not finding it must prove that it was not applied: then no clock bounds the search
   */
  unanswered(failed: ReadonlySet<string>, uncertaintyWindow: number, mustBeSure: boolean): Promise<SearchResult> {
    const { idempotencyKey, callId, fingerprint } = this.#call;
    const sought = {
      idempotencyKey,
      callId,
      fingerprint,
      failed,
      identity: this.#identity,
      since: mustBeSure ? undefined : this.#recently,
      recentSince: this.#recently,
      until: performance.now() + uncertaintyWindow,
    };
    return findUnanswered(this.#ledger, sought, this.#shared, this.#call);
  }

  /** Epoch milliseconds, by this process's clock. */
  get #recently(): number {
    return Date.parse(this.#call.submittedAt) - SEARCH_SKEW;
  }

  #isFresh(record: TransactionRecord, sentAt: number): boolean {
    return matches(record, this.#identity) && Date.parse(record.timestamp) >= sentAt - FRESHNESS_SKEW;
  }

  /** Claims a transaction for this write, unless another call has. */
  #claim({ transactionId }: TransactionRecord): boolean {
    const holder = this.#shared.claims.get(transactionId) ?? this.#call.callId;
    this.#shared.claims.set(transactionId, holder, REMEMBERED);
    return holder === this.#call.callId;
  }
}
