import { sleep } from '../abort.js';
import type { WriteCall } from '../call.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import { backoff } from '../http/retry-policy.js';
import type { Settings } from '../options.js';
import type { WriteEvent } from '../telemetry/events.js';
import { findByKey, isAlive } from './earlier-write.js';
import type { Keys } from './keys.js';
import type { Lanes } from './lanes.js';
import { commitState, type Ledger, lostToAnother, type Receipt, type TransactionRecord } from './ledger.js';
import { type Searches, settle } from './settle.js';
import type { Progress } from './told.js';
import { carriesKey, isOfCall, isOther, isProven, type Trace } from './trace.js';
import * as failure from './write-errors.js';

/** One write: its whole input, how it is sent, how its record is known again, and how its receipt is made from that. */
export interface Write<R extends Receipt> {
  readonly type: WriteEvent['type'];
  readonly order: object;
  readonly trace: Trace;
  /** The keys of the ledger that it changes. Of two writes to one of them, a block commits one. */
  readonly touches: readonly string[];
  submit(call: WriteCall): Promise<R>;
  recall(record: TransactionRecord): Promise<Omit<R, keyof Receipt>>;
}

/** A transaction that holds the write: submitted by this call, or by an earlier one under the same key. */
interface Held<R> {
  readonly transactionId: string;
  /** What the server answered, where it answered in full. */
  readonly receipt?: R;
  /** Whether the server denied that it is this write: then its record must prove that it is. */
  readonly isDenied?: boolean;
  /** The error to throw if the transaction turns out to be of another write. */
  ifOther(record: TransactionRecord): SpydraError;
}

/** How far an attempt has come: accepted, where the caller asked for no more; else final. */
type Ended<R> =
  | { readonly receipt: R; readonly record?: undefined }
  | { readonly receipt: R | undefined; readonly record: TransactionRecord };

/** What all writes to one ledger share. */
interface SharedByWrites {
  readonly keys: Keys;
  readonly lanes: Lanes;
  readonly searches: Searches;
}

/** A call with the fingerprint of its input. */
type SealedCall = WriteCall & { readonly fingerprint: string };

/** A write on its way to its commit, within one call. */
export class Submission<R extends Receipt> {
  readonly #write: Write<R>;
  readonly #call: SealedCall;
  readonly #ledger: Ledger;
  readonly #settings: Settings;
  readonly #shared: SharedByWrites;
  /** Ids of transactions under the key that have failed, and so hold the write no longer. */
  readonly #failed = new Set<string>();
  /** Why a request was not answered, as long as that request may still arrive. */
  #unanswered: SpydraError | undefined;
  /** How often the write was sent, when last, and how long after that its commit was seen: milliseconds. */
  #submissions = 0;
  #sentAt = 0;
  #commitMs: number | undefined;

  constructor(write: Write<R>, call: SealedCall, ledger: Ledger, settings: Settings, shared: SharedByWrites) {
    this.#write = write;
    this.#call = call;
    this.#ledger = ledger;
    this.#settings = settings;
    this.#shared = shared;
  }

  /** How far the write has come. */
  get progress(): Progress {
    return { submissions: this.#submissions, commitMs: this.#commitMs };
  }

  /** Goes on with what an earlier call under the key has submitted, or submits the write, until it is committed. */
  async run(): Promise<R> {
    try {
      return await this.#commit(this.#call.keyIsGiven ? await this.#resume() : undefined);
    } catch (error) {
      if (!this.#unanswered) throw error;
      // Whatever came after it: a request that may still arrive is not known to have changed nothing.
      const isUnknown = error instanceof OutcomeUnknownError && !error.retryable;
      throw this.#doubted(isUnknown ? error : failure.submitUnknown(this.#unanswered, this.#call));
    }
  }

  /** Submits the write until it is committed; again only after it has failed for certain and changed nothing. */
  async #commit(earlier: Ended<R> | undefined): Promise<R> {
    let ended = earlier?.record && this.#hasFailed(earlier.record) ? undefined : earlier;
    for (let attempt = 1; ; attempt++) {
      const { receipt, record } = ended ?? (await this.#attempt());
      if (record === undefined) return receipt;
      if (commitState(record) === 'committed') return this.#committed(record, receipt);
      // A server that answers the key with the transaction that lost will not do otherwise the next time.
      const isStuck = this.#failed.has(record.transactionId);
      const mayDouble = this.#unanswered !== undefined && !this.#trustsKey;
      this.#hasFailed(record);
      if (isStuck || mayDouble || attempt > this.#settings.retries || !lostToAnother(record)) {
        throw failure.transactionFailed(record, { idempotencyKey: this.#call.idempotencyKey, isStuck });
      }
      ended = undefined;
      await sleep(backoff(attempt), this.#call.signal);
    }
  }

  /** Follows what an earlier call under the key has submitted: accepted lately, for lists may lag behind; or listed. */
  async #resume(): Promise<Ended<R> | undefined> {
    const lately = this.#shared.keys.holderOf(this.#call.idempotencyKey);
    if (lately !== undefined) {
      const record = await this.#final(lately, false);
      if (isAlive(record) && !isOther(record, this.#write.trace, this.#call)) return { record, receipt: undefined };
      const isUnderKey = isAlive(record) && carriesKey(record, this.#call.idempotencyKey);
      if (isUnderKey) throw failure.keyIsTaken(record, this.#call);
      this.#shared.keys.released(this.#call.idempotencyKey);
    }
    const earlier = await this.#earlier();
    return earlier && this.#follow(earlier);
  }

  /** What the ledger shows under the key, and has not failed. */
  async #earlier(): Promise<Held<R> | undefined> {
    const { idempotencyKey } = this.#call;
    const [record] = await findByKey(this.#ledger, idempotencyKey, this.#write.trace, this.#call).catch(
      (error: unknown) => {
        throw failure.earlierUnknown(error, this.#call);
      },
    );
    if (!record || this.#hasFailed(record)) return undefined;
    if (isOther(record, this.#write.trace, this.#call)) throw failure.keyIsTaken(record, this.#call);
    return {
      transactionId: record.transactionId,
      ifOther: (other: TransactionRecord) => failure.keyIsTaken(other, this.#call),
    };
  }

  /** One submission, in its lanes up to its commit. Without an answer the lanes are free while it is looked for. */
  async #attempt(): Promise<Ended<R>> {
    this.#refuseDoubted();
    const { signal } = this.#call;
    const { touches } = this.#write;
    const ended = await this.#shared.lanes.within(touches, this.#settings.lanes, signal, async () => {
      const sent = await this.#send();
      const answered = sent instanceof SpydraError && this.#trustsKey ? await this.#repeat(sent) : sent;
      return answered instanceof SpydraError ? answered : this.#follow(answered);
    });
    return ended instanceof SpydraError ? this.#follow(await this.#settle(ended)) : ended;
  }

  /** Refuses to write under a key under which an earlier write may still arrive. */
  #refuseDoubted(): void {
    const until = this.#trustsKey ? undefined : this.#shared.keys.doubtedUntil(this.#call.idempotencyKey);
    if (until !== undefined) throw failure.earlierUnknown(failure.stillDoubted(until), this.#call);
  }

  /** Sends the write once. Answers what holds it, an error too may name that; or the error of a write not answered. */
  async #send(): Promise<Held<R> | SpydraError> {
    this.#submissions++;
    this.#sentAt = performance.now();
    try {
      const receipt = await this.#write.submit(this.#call);
      const { transactionId } = receipt;
      this.#accepted(transactionId);
      return { transactionId, receipt, ifOther: () => this.#notOurs(transactionId) };
    } catch (error) {
      if (error instanceof IdempotencyConflictError) return this.#keyHolder(error);
      if (!(error instanceof SpydraError) || error.outcome !== 'unknown') throw error;
      const { transactionId } = error;
      if (transactionId !== undefined) return { transactionId, ifOther: () => this.#submitUnknown(error) };
      this.#unanswered ??= error;
      return error;
    }
  }

  /** A server that is known to honour the key answers the same request with what the first one did. */
  async #repeat(unanswered: SpydraError): Promise<Held<R> | SpydraError> {
    for (let attempt = 1; attempt <= this.#settings.retries && !this.#call.signal.aborted; attempt++) {
      try {
        await sleep(backoff(attempt), this.#call.signal);
        const sent = await this.#send();
        if (!(sent instanceof SpydraError)) return sent;
      } catch {
        // It says nothing of the first request, which may still be applied.
      }
    }
    return unanswered;
  }

  /** Looks for a write that was not answered. */
  async #settle(unanswered: SpydraError): Promise<Held<R>> {
    const { idempotencyKey, callId, submittedAt } = this.#call;
    const { code, status, requestId } = unanswered;
    this.#settings.logger.warn({ idempotencyKey, code, status, requestId }, 'spydra: looking for an unanswered write');
    const until = Date.now() + this.#settings.settleWindow;
    const sentAfter = Date.parse(submittedAt);
    const search = { idempotencyKey, callId, failed: this.#failed, trace: this.#write.trace, sentAfter, until };
    const record = await settle(this.#ledger, search, this.#shared.searches, this.#call).catch(() => {
      throw failure.submitUnknown(unanswered, this.#call);
    });
    // Where the request was repeated, this may be the repetition.
    if (!record || (isOfCall(record, callId) && !this.#trustsKey)) this.#unanswered = undefined;
    if (!record) throw failure.submitUnknown(unanswered, this.#call, { isOver: true });
    return { transactionId: record.transactionId, ifOther: () => this.#submitUnknown(unanswered) };
  }

  /** The server says that the key is taken: by the transaction that it names, or that the ledger shows. */
  async #keyHolder(error: IdempotencyConflictError): Promise<Held<R>> {
    const { transactionId } = error;
    const ifOther = (other: TransactionRecord) => failure.keyIsTaken(other, this.#call);
    if (transactionId !== undefined) return { transactionId, ifOther, isDenied: true };
    // It was sent: what holds the key may be this very write, repeated by the network.
    const found = await this.#earlier().catch((cause: unknown) => {
      throw cause instanceof IdempotencyConflictError ? cause : this.#submitUnknown(error);
    });
    if (!found) throw this.#submitUnknown(error);
    return { ...found, isDenied: true };
  }

  /** Follows a transaction to its end, and makes sure that it is this write's. */
  async #follow({ transactionId, receipt, isDenied, ifOther }: Held<R>): Promise<Ended<R>> {
    if (receipt && !this.#call.confirm && !this.#failed.has(transactionId)) return { receipt };
    const isFresh = receipt !== undefined;
    const record = await this.#final(transactionId, isFresh);
    if (isOther(record, this.#write.trace, this.#call)) throw ifOther(record);
    if (isDenied && !isProven(record, this.#write.trace)) throw this.#notOurs(transactionId);
    if (isAlive(record)) this.#accepted(transactionId);
    if (lostToAnother(record)) this.#shared.lanes.conflicted(this.#write.touches);
    return { receipt, record };
  }

  async #final(transactionId: string, isFresh: boolean): Promise<TransactionRecord> {
    try {
      return await this.#ledger.waitForTransaction(transactionId, this.#call, isFresh);
    } catch (error) {
      throw this.#doubted(failure.commitUnknown(transactionId, error, this.#call.idempotencyKey));
    }
  }

  async #committed(record: TransactionRecord, receipt: R | undefined): Promise<R> {
    const { transactionId, type } = record;
    const { idempotencyKey } = this.#call;
    const requestId = givenRequestId(this.#call);
    if (this.#submissions > 0) this.#commitMs = performance.now() - this.#sentAt;
    this.#settings.logger.info({ type, transactionId, idempotencyKey, requestId }, 'spydra: committed');
    if (receipt) return { ...receipt, status: 'committed' };
    try {
      return { ...(await this.#write.recall(record)), transactionId, status: 'committed' } as R;
    } catch (error) {
      // Its caller will call again under this key, also where the SDK has chosen it.
      this.#holds(transactionId);
      throw failure.resultUnread(transactionId, error, this.#call);
    }
  }

  /** A key of the caller has a holder from now on. */
  #accepted(transactionId: string): void {
    if (this.#call.keyIsGiven) this.#holds(transactionId);
  }

  /** The transaction answers for the key, even where lists do not show it yet. */
  #holds(transactionId: string): void {
    const until = Date.now() + this.#settings.settleWindow;
    this.#shared.keys.accepted(this.#call.idempotencyKey, transactionId, until);
  }

  /** Whether a transaction has failed; its key is free then. */
  #hasFailed(record: TransactionRecord): boolean {
    if (isAlive(record)) return false;
    this.#failed.add(record.transactionId);
    const { idempotencyKey } = this.#call;
    if (this.#shared.keys.holderOf(idempotencyKey) === record.transactionId) this.#shared.keys.released(idempotencyKey);
    return true;
  }

  /** The transaction that the server named is of another write, and nobody knows what became of this one. */
  #notOurs(transactionId: string): OutcomeUnknownError {
    this.#shared.keys.released(this.#call.idempotencyKey);
    return this.#doubted(failure.namedAnother(transactionId, this.#call));
  }

  #submitUnknown(error: SpydraError): OutcomeUnknownError {
    return this.#doubted(failure.submitUnknown(error, this.#call));
  }

  /** Remembers the key of a write that may still arrive: until then, not finding it means nothing. */
  #doubted(error: OutcomeUnknownError): OutcomeUnknownError {
    this.#shared.keys.doubt(this.#call.idempotencyKey, Date.now() + this.#settings.settleWindow);
    return error;
  }

  get #trustsKey(): boolean {
    return this.#settings.idempotency === 'trust';
  }
}
