import { sleep } from '../core/abort.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError } from '../errors.js';
import { isReadConflict, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import type { Operation, Receipt } from '../ledger/operations.js';
import type { Settings } from '../options.js';
import * as failure from './errors.js';
import type { KeyUse, SharedWrites } from './shared-writes.js';
import { carriesKey, carriesOtherKey, isAlive, isOfCall } from './write-identity.js';
import { type FingerprintedCall, WriteLookup } from './write-lookup.js';
import type { Accepted, Committed, Failed, Named, State, Unanswered, Unchecked, Unsent, Write } from './write-state.js';

/** One write within one call, from its submission to its commit. */
export class Submission<Order, R extends Receipt> {
  readonly #operation: Operation<Order, R>;
  readonly #order: Order;
  readonly #call: FingerprintedCall;
  readonly #key: KeyUse;
  readonly #ledger: Ledger;
  readonly #settings: Settings;
  readonly #shared: SharedWrites;
  readonly #lookup: WriteLookup;
  readonly #began = performance.now();
  /** Why a request has no response, as long as that request may still arrive. */
  #unanswered: SpydraError | undefined;
  /** When the write was sent last, as `performance.now()` counts. */
  #sentAt = 0;
  /** Figures for telemetry. */
  readonly progress: { submissions: number; commitMs: number | undefined } = { submissions: 0, commitMs: undefined };

  constructor(write: Write<Order, R>, ledger: Ledger, settings: Settings, shared: SharedWrites) {
    const { operation, order, call, key } = write;
    this.#operation = operation;
    this.#order = order;
    this.#call = call;
    this.#key = key;
    this.#ledger = ledger;
    this.#settings = settings;
    this.#shared = shared;
    const identity = { types: operation.types, ...operation.identity(order) };
    this.#lookup = new WriteLookup(identity, call, ledger, shared, key.failed);
  }

  /**
   * Continues what an earlier call under the key has submitted, or submits the write, until it is committed.
   *
   * @throws TransactionFailedError, IdempotencyConflictError or the server's refusal: this call has applied nothing;
   * OutcomeUnknownError if a request of this call, or of an earlier one under the key, may have been or may yet be
   * applied; the call's own error if that ends before anything was sent.
   */
  async run(): Promise<Accepted<R> | Committed<R>> {
    try {
      return await this.#run();
    } catch (error) {
      if (!this.#unanswered) throw error;
      // Whatever failed afterwards: that request may still be applied.
      const isUnknown = error instanceof OutcomeUnknownError && !error.retryable;
      throw this.#uncertain(isUnknown ? error : failure.submitUnknown(this.#unanswered, this.#call));
    }
  }

  async #run(): Promise<Accepted<R> | Committed<R>> {
    let state: State<R> = this.#call.keyIsGiven ? { is: 'unchecked' } : { is: 'unsent' };
    for (let attempt = 0; ; ) {
      switch (state.is) {
        case 'unchecked':
          state = await this.#findEarlier();
          break;
        case 'unsent':
          attempt++;
          state = await this.#submit();
          break;
        case 'unanswered':
          state = await this.#search(state.error);
          break;
        case 'named':
          state = await this.#follow(state);
          break;
        case 'failed':
          state = await this.#afterFailure(state.record, attempt);
          break;
        case 'committed':
          if (attempt > 0) this.progress.commitMs = performance.now() - this.#sentAt;
          return state;
        case 'accepted':
          return state;
      }
    }
  }

  /**
   * Unchecked: finds what an earlier call under the key has submitted. This client remembers what was accepted or found
   * lately, for lists may lag behind.
   *
   * @throws OutcomeUnknownError if the ledger cannot be read, or shows nothing, and an earlier request under the key
   * could still be applied when the search began; IdempotencyConflictError if the key has another input.
   */
  async #findEarlier(): Promise<Named<R> | Unsent> {
    // Read before the search, which may miss what is applied while it runs.
    const { holder, uncertainUntil } = this.#key;
    if (holder?.sentAt !== undefined) return { is: 'named', by: 'memory', ...holder };
    const record = await this.#lookup.underKey(this.#call).catch((error: unknown) => {
      throw failure.earlierUnknown(error, this.#call);
    });
    if (record && !this.#key.noteFailure(record)) {
      this.#key.holdFound(record);
      const relation = await this.#lookup.relationOf(record);
      if (relation === 'other') throw failure.keyIsTaken(record, this.#call);
      return { is: 'named', by: 'ledger', transactionId: record.transactionId, isProven: relation === 'same' };
    }
    // A list that lags behind: the ledger has shown it before.
    if (holder) return { is: 'named', by: 'ledger', transactionId: holder.transactionId };
    if (uncertainUntil === undefined || this.#trustsKey) return { is: 'unsent' };
    throw failure.earlierUnknown(failure.stillUncertain(uncertainUntil), this.#call);
  }

  /** Unsent: sends it, and follows its transaction, under the locks of what it changes. A search does not hold them. */
  #submit(): Promise<Unanswered | Accepted<R> | Committed<R> | Failed> {
    const keys = this.#operation.ledgerKeys(this.#order);
    return this.#shared.writeLocks.within(keys, this.#settings.writeLocks, this.#call.signal, async () => {
      const sent = await this.#send();
      const answered = sent.is === 'unanswered' && this.#trustsKey ? await this.#repeat(sent) : sent;
      return answered.is === 'named' ? this.#follow(answered) : answered;
    });
  }

  /** @throws the error of a request that was not applied */
  async #send(): Promise<Unanswered | Named<R>> {
    const sentAt = this.#shared.now();
    this.progress.submissions++;
    this.#sentAt = performance.now();
    try {
      const receipt = await this.#operation.send(this.#ledger, this.#order, this.#call);
      const { transactionId } = receipt;
      this.#accepted(transactionId, sentAt);
      return { is: 'named', by: 'response', transactionId, receipt, sentAt };
    } catch (error) {
      if (!failure.mayBeApplied(error)) throw error;
      const { transactionId } = error;
      // The transaction that a refusal names need not be the one under the key.
      if (transactionId === undefined || failure.isUnclearRefusal(error)) {
        this.#unanswered ??= error;
        return { is: 'unanswered', error };
      }
      return { is: 'named', by: 'error', transactionId, error, sentAt };
    }
  }

  /** Sends again: a server that honours the key returns the result of the first request. */
  async #repeat(unanswered: Unanswered): Promise<Unanswered | Named<R>> {
    let last = unanswered.error;
    for (let attempt = 1; await this.#mayRepeat(last, attempt).catch(() => false); attempt++) {
      try {
        const sent = await this.#send();
        if (sent.is === 'named') return sent;
        last = sent.error;
      } catch (error) {
        // It proves nothing about the first request, which may still be applied.
        if (error instanceof SpydraError) last = error;
      }
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

  /**
   * Unanswered: searches for it under its key.
   *
   * @throws OutcomeUnknownError if the call ends first or the ledger cannot be read; if it was not found when it could no
   * longer be applied, the refusal, or a retryable OutcomeUnknownError
   */
  async #search(error: SpydraError): Promise<Named<R>> {
    const { idempotencyKey, callId } = this.#call;
    const { code, status, requestId } = error;
    this.#settings.logger?.warn(
      { idempotencyKey, code, status, requestId },
      'spydra: searching for a write without a response',
    );
    const isDenied = error instanceof IdempotencyConflictError;
    const mustBeSure = failure.isUnclearRefusal(error);
    const { found, failed } = await this.#lookup.unanswered(this.#settings.uncertaintyWindow, mustBeSure).catch(() => {
      throw failure.submitUnknown(error, this.#call);
    });
    // After a repetition it may be that one. What was denied is what the key holds.
    if (!found || isDenied || (isOfCall(found, callId) && !this.#trustsKey)) this.#unanswered = undefined;
    if (!found) throw failure.notFound(error, failed, this.#call);
    const isProven = (await this.#lookup.relationOf(found, { isDenied })) === 'same';
    return { is: 'named', by: 'search', transactionId: found.transactionId, error, isProven, isDenied };
  }

  /**
   * Named: waits for the transaction's end, and verifies that it is this write's.
   *
   * @throws OutcomeUnknownError if the end is not seen, or the transaction is of another write; IdempotencyConflictError
   * if the key has another input
   */
  async #follow(named: Named<R>): Promise<Accepted<R> | Committed<R> | Failed> {
    const { transactionId, sentAt, isProven } = named;
    const receipt = named.by === 'response' ? named.receipt : undefined;
    if (receipt && !this.#call.confirm && !this.#key.failed.has(transactionId)) return { is: 'accepted', receipt };
    const isFresh = receipt !== undefined;
    const record = await this.#ledger.waitForTransaction(transactionId, this.#call, isFresh).catch((error: unknown) => {
      throw this.#uncertain(failure.commitUnknown(transactionId, error, this.#call));
    });
    // A failed transaction of an earlier call does not hold the key, whatever its input was. One under another key proves
    // nothing: the server has named it for a write that it may have applied.
    const isUnderKey = !carriesOtherKey(record, this.#call.idempotencyKey);
    if (this.progress.submissions === 0 && !isAlive(record) && isUnderKey) return { is: 'failed', record };
    const relation = await this.#lookup.relationOf(record, named);
    if (relation === 'other' || (relation === 'unproven' && !isProven)) {
      const own = sentAt === undefined ? undefined : await this.#ownUnderKey();
      if (own) return this.#follow(own);
      throw this.#notOurs(named, relation, record);
    }
    if (isReadConflict(record)) this.#shared.writeLocks.conflicted(this.#operation.ledgerKeys(this.#order));
    if (!isAlive(record)) return { is: 'failed', record };
    this.#accepted(transactionId, sentAt);
    return { is: 'committed', record, receipt };
  }

  /** The write itself, where the ledger shows it under the key although the server has named another transaction. */
  async #ownUnderKey(): Promise<Named<R> | undefined> {
    const record = await this.#lookup.underKey().catch(() => undefined);
    if (!record || !isAlive(record) || (await this.#lookup.relationOf(record)) !== 'same') return undefined;
    return { is: 'named', by: 'response', transactionId: record.transactionId, isProven: true };
  }

  /** The error for a transaction that is of another write, or does not prove to be of this one. */
  #notOurs(named: Named<R>, relation: 'other' | 'unproven', record: TransactionRecord): SpydraError {
    const { idempotencyKey } = this.#call;
    const isTaken = relation === 'other' && carriesKey(record, idempotencyKey);
    switch (named.by) {
      case 'ledger':
      case 'memory':
        if (relation === 'unproven') return failure.earlierUnknown(failure.provesNothing(record), this.#call);
        if (isTaken || named.by === 'ledger') return failure.keyIsTaken(record, this.#call);
        break;
      case 'response':
        break;
      case 'search':
        if (isTaken && named.isDenied) return failure.keyIsTaken(record, this.#call);
        return this.#uncertain(failure.submitUnknown(named.error, this.#call));
      case 'error':
        return this.#uncertain(failure.submitUnknown(named.error, this.#call));
    }
    this.#key.release();
    return this.#uncertain(failure.namedAnother(named.transactionId, this.#call));
  }

  /**
   * Failed: it may be submitted again if that cannot apply it twice and the call's retry policy allows it.
   *
   * @throws TransactionFailedError
   */
  async #afterFailure(record: TransactionRecord, attempt: number): Promise<Unchecked | Unsent> {
    // A server that returns the failed transaction for its key will return it again.
    const isStuck = this.#key.failed.has(record.transactionId);
    this.#key.noteFailure(record);
    if (attempt === 0) return { is: 'unchecked' };
    const failed = failure.transactionFailed(record, { idempotencyKey: this.#call.idempotencyKey, isStuck });
    const mayDouble = this.#unanswered !== undefined && !this.#trustsKey;
    const mayRepeat = isReadConflict(record) && !isStuck && !mayDouble && (await this.#mayRepeat(failed, attempt));
    if (!mayRepeat) throw failed;
    return { is: 'unsent' };
  }

  /** Notes the transaction that holds a key of the caller's, even where lists do not show it yet. */
  #accepted(transactionId: string, sentAt?: number): void {
    if (this.#call.keyIsGiven) this.#key.hold(transactionId, sentAt);
  }

  #uncertain(error: OutcomeUnknownError): OutcomeUnknownError {
    this.#key.markUncertain();
    return error;
  }

  get #trustsKey(): boolean {
    return this.#settings.idempotency === 'trust';
  }
}
