import { sleep } from '../core/abort.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import { STANDARD } from '../http/retries.js';
import { commitState, isReadConflict, type Ledger, type Receipt, type TransactionRecord } from '../ledger/ledger.js';
import type { Settings } from '../options.js';
import * as failure from './errors.js';
import { isAlive } from './find-by-key.js';
import type { Holder } from './idempotency-keys.js';
import type { Progress } from './report-write.js';
import type { SharedWrites } from './shared-writes.js';
import { type Ended, type Held, isAbout, type Write } from './write.js';
import { carriesKey, isOfCall } from './write-identity.js';
import { type SealedCall, WriteLookup } from './write-lookup.js';

/** One write within one call, from its submission to its commit. */
export class Submission<R extends Receipt> {
  readonly #write: Write<R>;
  readonly #call: SealedCall;
  /** The call for reads: the caller's retry policy does not apply to finding out what became of the write. */
  readonly #asking: SealedCall;
  readonly #ledger: Ledger;
  readonly #settings: Settings;
  readonly #shared: SharedWrites;
  readonly #lookup: WriteLookup;
  /** Ids of transactions under the key that have failed: they no longer hold the key. */
  readonly #failed = new Set<string>();
  /** Why a request was not answered, as long as that request may still arrive. */
  #unanswered: SpydraError | undefined;
  readonly #began = performance.now();
  /** How often the write was sent, when last, and milliseconds from then until its commit was seen. */
  #submissions = 0;
  #sentAt = 0;
  /** Until when an earlier request under the key may be applied, as known when the search for one began. */
  #uncertainUntil: number | undefined;
  #commitMs: number | undefined;

  constructor(write: Write<R>, call: SealedCall, ledger: Ledger, settings: Settings, shared: SharedWrites) {
    this.#write = write;
    this.#call = call;
    this.#ledger = ledger;
    this.#settings = settings;
    this.#shared = shared;
    this.#asking = { ...call, retries: STANDARD };
    this.#lookup = new WriteLookup(write.identity, this.#asking, ledger, shared);
  }

  /** Figures for telemetry. */
  get progress(): Progress {
    return { submissions: this.#submissions, commitMs: this.#commitMs };
  }

  /** Continues what an earlier call under the key has submitted, or submits the write, until it is committed. */
  async run(): Promise<R> {
    try {
      return await this.#commit(this.#call.keyIsGiven ? await this.#resume() : undefined);
    } catch (error) {
      if (!this.#unanswered) throw error;
      // Whatever failed afterwards: that request may still be applied.
      const isUnknown = error instanceof OutcomeUnknownError && !error.retryable;
      throw this.#markUncertain(isUnknown ? error : failure.submitUnknown(this.#unanswered, this.#call));
    }
  }

  /** Submits the write until it is committed; again only after it has failed for certain and changed nothing. */
  async #commit(earlier: Ended<R> | undefined): Promise<R> {
    let ended = earlier?.record && this.#noteFailure(earlier.record) ? undefined : earlier;
    for (let attempt = 1; ; attempt++) {
      const { receipt, record } = ended ?? (await this.#attempt());
      if (record === undefined) return receipt;
      if (commitState(record) === 'committed') return this.#committed(record, receipt);
      // A server that returns the failed transaction for its key will return it again.
      const isStuck = this.#failed.has(record.transactionId);
      const mayDouble = this.#unanswered !== undefined && !this.#trustsKey;
      this.#noteFailure(record);
      const failed = failure.transactionFailed(record, { idempotencyKey: this.#call.idempotencyKey, isStuck });
      if (isStuck || mayDouble || !isReadConflict(record) || !(await this.#mayRepeat(failed, attempt))) throw failed;
      ended = undefined;
    }
  }

  /** Follows what an earlier call under the key has submitted: accepted lately, for lists may lag behind; or listed. */
  async #resume(): Promise<Ended<R> | undefined> {
    const { idempotencyKey } = this.#call;
    const holder = this.#shared.keys.holderOf(idempotencyKey);
    if (holder) {
      const record = await this.#final(holder.transactionId, false);
      if (isAlive(record)) return this.#followHolder(record, holder);
      this.#shared.keys.released(idempotencyKey);
    }
    // The search may miss what is applied while it runs.
    this.#uncertainUntil = this.#shared.keys.uncertainUntil(idempotencyKey);
    const earlier = await this.#findEarlier();
    return earlier && this.#follow(earlier);
  }

  /** Follows the transaction that was accepted under the key lately: nothing is written while it may be this write. */
  async #followHolder(record: TransactionRecord, { transactionId, sentAt }: Holder): Promise<Ended<R>> {
    const relation = await this.#lookup.relationOf(record, { sentAt });
    if (relation === 'same') return { record, receipt: undefined };
    if (carriesKey(record, this.#call.idempotencyKey)) throw failure.keyIsTaken(record, this.#call);
    const own = await this.#ownUnderKey();
    if (own) return this.#follow(own);
    if (relation === 'other') throw this.#namedAnother(transactionId);
    throw failure.earlierUnknown(failure.provesNothing(transactionId), this.#call);
  }

  /** The transaction that the ledger shows under the key, unless it has failed. */
  async #findEarlier(): Promise<Held<R> | undefined> {
    const record = await this.#lookup.underKey(this.#call).catch((error: unknown) => {
      throw failure.earlierUnknown(error, this.#call);
    });
    if (!record || this.#noteFailure(record)) return undefined;
    const { transactionId } = record;
    const ifNot: Held<R>['ifNot'] = (relation, other) =>
      relation === 'other'
        ? failure.keyIsTaken(other, this.#call)
        : failure.earlierUnknown(failure.provesNothing(transactionId), this.#call);
    const relation = await this.#lookup.relationOf(record);
    if (relation === 'other') throw ifNot(relation, record);
    return { transactionId, isProven: relation === 'same', ifNot };
  }

  /** The write itself, where the ledger shows it under the key. */
  async #ownUnderKey(): Promise<Held<R> | undefined> {
    const record = await this.#lookup.underKey().catch(() => undefined);
    if (!record || !isAlive(record) || (await this.#lookup.relationOf(record)) !== 'same') return undefined;
    const { transactionId } = record;
    return { transactionId, isProven: true, ifNot: () => this.#namedAnother(transactionId) };
  }

  /** One submission, under its locks up to its commit. The search for an unanswered write does not hold them. */
  async #attempt(): Promise<Ended<R>> {
    this.#refuseUncertain();
    const { signal } = this.#call;
    const { touches } = this.#write;
    const ended = await this.#shared.writeLocks.within(touches, this.#settings.writeLocks, signal, async () => {
      const sent = await this.#send();
      const answered = sent instanceof SpydraError && this.#trustsKey ? await this.#repeat(sent) : sent;
      return answered instanceof SpydraError ? answered : this.#follow(answered);
    });
    return ended instanceof SpydraError ? this.#follow(await this.#findUnanswered(ended)) : ended;
  }

  /** Refuses to write under a key if an earlier request under it could still be applied when the search began. */
  #refuseUncertain(): void {
    const until = this.#uncertainUntil;
    if (until === undefined || this.#trustsKey) return;
    throw failure.earlierUnknown(failure.stillUncertain(until), this.#call);
  }

  /** Sends once. Returns the transaction, which an error may name too; or the error of a write that was not answered. */
  async #send(): Promise<Held<R> | SpydraError> {
    const sentAt = this.#shared.now();
    this.#submissions++;
    this.#sentAt = performance.now();
    try {
      const receipt = await this.#write.submit(this.#call);
      const { transactionId } = receipt;
      this.#accepted(transactionId, sentAt);
      return { transactionId, receipt, sentAt, ifNot: () => this.#namedAnother(transactionId) };
    } catch (error) {
      if (!failure.mayBeApplied(error)) throw error;
      const { transactionId } = error;
      // The transaction that a refusal names need not be the one under the key.
      if (transactionId === undefined || failure.isUnclearRefusal(error)) {
        this.#unanswered ??= error;
        return error;
      }
      return { transactionId, sentAt, ifNot: () => this.#submitUnknown(error) };
    }
  }

  /** Sends again: a server that honours the key returns the result of the first request. */
  async #repeat(unanswered: SpydraError): Promise<Held<R> | SpydraError> {
    let last = unanswered;
    for (let attempt = 1; await this.#mayRepeat(last, attempt).catch(() => false); attempt++) {
      // Its error does not tell about the first request, which may still be applied.
      const sent = await this.#send().catch((error: Error) => error);
      if (!(sent instanceof Error)) return sent;
      if (sent instanceof SpydraError) last = sent;
    }
    return unanswered;
  }

  /** Whether the call's retry policy allows another submission; resolves when it is due. */
  async #mayRepeat(error: SpydraError, attempt: number): Promise<boolean> {
    this.#call.signal.throwIfAborted();
    const failed = { attempt, error, operation: 'write', retryable: true, since: this.#began } as const;
    const wait = this.#call.retries.waitAfter(failed, this.#call, this.#settings.logger);
    if (wait !== undefined) await sleep(wait, this.#call.signal);
    return wait !== undefined;
  }

  /** Searches for a write that was not answered. */
  async #findUnanswered(unanswered: SpydraError): Promise<Held<R>> {
    const { idempotencyKey, callId } = this.#call;
    const { code, status, requestId } = unanswered;
    this.#settings.logger.warn({ idempotencyKey, code, status, requestId }, 'spydra: looking for an unanswered write');
    const isDenied = unanswered instanceof IdempotencyConflictError;
    const mustBeSure = failure.isUnclearRefusal(unanswered);
    const { found, failed } = await this.#lookup
      .unanswered(this.#failed, this.#settings.uncertaintyWindow, mustBeSure)
      .catch(() => {
        throw failure.submitUnknown(unanswered, this.#call);
      });
    // After a repetition it may be that one. What was denied is what the key holds.
    if (!found || isDenied || (isOfCall(found, callId) && !this.#trustsKey)) this.#unanswered = undefined;
    if (!found) throw failure.notFound(unanswered, failed, this.#call);
    const ifNot: Held<R>['ifNot'] = (relation, record) =>
      relation === 'other' && isDenied && carriesKey(record, idempotencyKey)
        ? failure.keyIsTaken(record, this.#call)
        : this.#submitUnknown(unanswered);
    const isProven = (await this.#lookup.relationOf(found, { isDenied })) === 'same';
    return { transactionId: found.transactionId, isProven, isDenied, ifNot };
  }

  /** Waits for a transaction's end, and verifies that it is this write's. */
  async #follow(held: Held<R>): Promise<Ended<R>> {
    const { transactionId, receipt, sentAt, isProven, ifNot } = held;
    if (receipt && !this.#call.confirm && !this.#failed.has(transactionId)) return { receipt };
    const record = await this.#final(transactionId, receipt !== undefined);
    const relation = await this.#lookup.relationOf(record, held);
    if (relation === 'other' || (relation === 'unproven' && !isProven)) {
      const own = sentAt === undefined ? undefined : await this.#ownUnderKey();
      if (own) return this.#follow(own);
      throw ifNot(relation, record);
    }
    if (isAlive(record)) this.#accepted(transactionId, sentAt);
    if (isReadConflict(record)) this.#shared.writeLocks.conflicted(this.#write.touches);
    return { receipt, record };
  }

  async #final(transactionId: string, isFresh: boolean): Promise<TransactionRecord> {
    try {
      return await this.#ledger.waitForTransaction(transactionId, this.#call, isFresh);
    } catch (error) {
      throw this.#markUncertain(failure.commitUnknown(transactionId, error, this.#call.idempotencyKey));
    }
  }

  async #committed(record: TransactionRecord, receipt: R | undefined): Promise<R> {
    const { transactionId, type } = record;
    const { idempotencyKey } = this.#call;
    const requestId = givenRequestId(this.#call);
    if (this.#submissions > 0) this.#commitMs = performance.now() - this.#sentAt;
    this.#settings.logger.info({ type, transactionId, idempotencyKey, requestId }, 'spydra: committed');
    if (receipt && isAbout(receipt, record)) return { ...receipt, status: 'committed' };
    try {
      return { ...(await this.#write.recall(record, this.#asking)), transactionId, status: 'committed' } as R;
    } catch (error) {
      // The caller calls again under this key, also where the SDK has generated it.
      this.#setHolder(transactionId);
      throw failure.resultUnread(transactionId, error, this.#call);
    }
  }

  /** Notes the transaction that holds a key of the caller's. */
  #accepted(transactionId: string, sentAt = this.#shared.now()): void {
    if (this.#call.keyIsGiven) this.#setHolder(transactionId, sentAt);
  }

  /** Notes the transaction that holds the key, even where lists do not show it yet. */
  #setHolder(transactionId: string, sentAt = this.#shared.now()): void {
    const { idempotencyKey } = this.#call;
    this.#shared.keys.accepted(idempotencyKey, { transactionId, sentAt }, this.#settings.uncertaintyWindow);
  }

  /** Whether a transaction has failed; if so, releases the key. */
  #noteFailure(record: TransactionRecord): boolean {
    if (isAlive(record)) return false;
    this.#failed.add(record.transactionId);
    const { idempotencyKey } = this.#call;
    const holder = this.#shared.keys.holderOf(idempotencyKey);
    if (holder?.transactionId === record.transactionId) this.#shared.keys.released(idempotencyKey);
    return true;
  }

  /** The server named another write's transaction: the outcome of this one is unknown. */
  #namedAnother(transactionId: string): OutcomeUnknownError {
    this.#shared.keys.released(this.#call.idempotencyKey);
    return this.#markUncertain(failure.namedAnother(transactionId, this.#call));
  }

  #submitUnknown(error: SpydraError): OutcomeUnknownError {
    return this.#markUncertain(failure.submitUnknown(error, this.#call));
  }

  /** Marks the key of a write that may still be applied: until then, not finding it proves nothing. */
  #markUncertain(error: OutcomeUnknownError): OutcomeUnknownError {
    this.#shared.keys.markUncertain(this.#call.idempotencyKey, this.#settings.uncertaintyWindow);
    return error;
  }

  get #trustsKey(): boolean {
    return this.#settings.idempotency === 'trust';
  }
}
