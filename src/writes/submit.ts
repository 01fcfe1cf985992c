import { sleep } from '../core/abort.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import { STANDARD } from '../http/retries.js';
import { isReadConflict, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import type { Operation, Receipt } from '../ledger/operations.js';
import type { Settings } from '../options.js';
import type { WriteEvent } from '../telemetry/events.js';
import * as failure from './errors.js';
import { isAlive } from './find-by-key.js';
import type { SharedWrites } from './shared-writes.js';
import { carriesKey, isOfCall } from './write-identity.js';
import { type SealedCall, WriteLookup } from './write-lookup.js';

/** What is known of a write. */
type State<R> = Unchecked | Unsent | Unanswered | Named<R> | Ended<R>;

/** The caller gave the key: an earlier call may have used it. */
type Unchecked = { readonly is: 'unchecked' };

/** No transaction holds the key. */
type Unsent = { readonly is: 'unsent' };

/** It was sent, and no response has named its transaction. */
type Unanswered = { readonly is: 'unanswered'; readonly error: SpydraError };

/** A transaction is taken for this write: it has not ended, or is not verified yet. */
type Named<R> = {
  readonly is: 'named';
  readonly transactionId: string;
  /** When the write was sent to which a response named it: epoch milliseconds. */
  readonly sentAt?: number;
  /** Whether a list has shown a record that is this write's: the transaction itself need not prove it again. */
  readonly isProven?: boolean;
  /** Whether the server claims another input: then only the fingerprint proves that it is this write's. */
  readonly isDenied?: boolean;
} & (
  | { readonly by: 'response'; readonly receipt?: R }
  /** An error response named it, or a search after the error has found it. */
  | { readonly by: 'error' | 'search'; readonly error: SpydraError }
  /** This client remembers it, or the ledger shows it under the key, from an earlier call. */
  | { readonly by: 'memory' | 'ledger' }
);

/** Accepted, where the caller wants no more; or final. */
type Ended<R> =
  | { readonly is: 'accepted'; readonly receipt: R }
  | { readonly is: 'committed'; readonly record: TransactionRecord; readonly receipt: R | undefined }
  | { readonly is: 'failed'; readonly record: TransactionRecord };

/** One write within one call, from its submission to its commit. */
export class Submission<Order, R extends Receipt> {
  readonly #operation: Operation<Order, R>;
  readonly #order: Order;
  readonly #call: SealedCall;
  /** The call for reads: the caller's retry policy does not apply to finding out what became of the write. */
  readonly #asking: SealedCall;
  readonly #ledger: Ledger;
  readonly #settings: Settings;
  readonly #shared: SharedWrites;
  readonly #lookup: WriteLookup;
  readonly #began = performance.now();
  /** Ids of transactions under the key that have failed: they no longer hold the key. */
  readonly #failed = new Set<string>();
  /** Why a request has no response, as long as that request may still arrive. */
  #unanswered: SpydraError | undefined;
  /** How often the write was sent, and when last, as `performance.now()` counts. */
  #submissions = 0;
  #sentAt = 0;
  /** Milliseconds from then until its commit was seen. */
  #commitMs: number | undefined;

  constructor(
    operation: Operation<Order, R>,
    order: Order,
    call: SealedCall,
    ledger: Ledger,
    settings: Settings,
    shared: SharedWrites,
  ) {
    this.#operation = operation;
    this.#order = order;
    this.#call = call;
    this.#asking = { ...call, retries: STANDARD };
    this.#ledger = ledger;
    this.#settings = settings;
    this.#shared = shared;
    const identity = { types: operation.types, ...operation.identity(order) };
    this.#lookup = new WriteLookup(identity, this.#asking, ledger, shared);
  }

  /** Figures for telemetry. */
  get progress(): Pick<WriteEvent, 'submissions' | 'commitMs'> {
    return { submissions: this.#submissions, commitMs: this.#commitMs };
  }

  /**
   * Continues what an earlier call under the key has submitted, or submits the write, until it is committed.
   *
   * @throws TransactionFailedError, IdempotencyConflictError or the server's refusal: this call has applied nothing;
   * OutcomeUnknownError if a request of this call, or of an earlier one under the key, may have been or may yet be
   * applied; the call's own error if that ends before anything was sent.
   */
  async run(): Promise<R> {
    try {
      return await this.#run();
    } catch (error) {
      if (!this.#unanswered) throw error;
      // Whatever failed afterwards: that request may still be applied.
      const isUnknown = error instanceof OutcomeUnknownError && !error.retryable;
      throw this.#uncertain(isUnknown ? error : failure.submitUnknown(this.#unanswered, this.#call));
    }
  }

  async #run(): Promise<R> {
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
          return this.#result(state.record, state.receipt);
        case 'accepted':
          return state.receipt;
      }
    }
  }

  /**
   * Unchecked: finds what an earlier call under the key has submitted. This client remembers what was accepted lately,
   * for lists may lag behind.
   *
   * @throws OutcomeUnknownError if the ledger cannot be read, or shows nothing, and an earlier request under the key
   * could still be applied when the search began; IdempotencyConflictError if the key has another input.
   */
  async #findEarlier(): Promise<Named<R> | Unsent> {
    const { keys } = this.#shared;
    const { idempotencyKey } = this.#call;
    const holder = keys.holderOf(idempotencyKey);
    if (holder) return { is: 'named', by: 'memory', ...holder };
    // The search may miss what is applied while it runs.
    const uncertainUntil = keys.uncertainUntil(idempotencyKey);
    const record = await this.#lookup.underKey(this.#call).catch((error: unknown) => {
      throw failure.earlierUnknown(error, this.#call);
    });
    if (record && !this.#noteFailure(record)) {
      const relation = await this.#lookup.relationOf(record);
      if (relation === 'other') throw failure.keyIsTaken(record, this.#call);
      return { is: 'named', by: 'ledger', transactionId: record.transactionId, isProven: relation === 'same' };
    }
    if (uncertainUntil === undefined || this.#trustsKey) return { is: 'unsent' };
    throw failure.earlierUnknown(failure.stillUncertain(uncertainUntil), this.#call);
  }

  /** Unsent: sends it, and follows its transaction, under the locks of what it changes. A search does not hold them. */
  #submit(): Promise<Unanswered | Ended<R>> {
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
    this.#submissions++;
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
    this.#settings.logger.warn(
      { idempotencyKey, code, status, requestId },
      'spydra: searching for a write without a response',
    );
    const isDenied = error instanceof IdempotencyConflictError;
    const mustBeSure = failure.isUnclearRefusal(error);
    const { found, failed } = await this.#lookup
      .unanswered(this.#failed, this.#settings.uncertaintyWindow, mustBeSure)
      .catch(() => {
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
  async #follow(named: Named<R>): Promise<Ended<R>> {
    const { transactionId, sentAt, isProven } = named;
    const receipt = named.by === 'response' ? named.receipt : undefined;
    if (receipt && !this.#call.confirm && !this.#failed.has(transactionId)) return { is: 'accepted', receipt };
    const record = await this.#final(transactionId, receipt !== undefined);
    // A failed transaction of an earlier call does not hold the key, of whichever write it is.
    if (this.#submissions === 0 && !isAlive(record)) return { is: 'failed', record };
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

  async #final(transactionId: string, isFresh: boolean): Promise<TransactionRecord> {
    try {
      return await this.#ledger.waitForTransaction(transactionId, this.#call, isFresh);
    } catch (error) {
      throw this.#uncertain(failure.commitUnknown(transactionId, error, this.#call.idempotencyKey));
    }
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
      case 'search':
        if (isTaken && named.isDenied) return failure.keyIsTaken(record, this.#call);
        return this.#uncertain(failure.submitUnknown(named.error, this.#call));
      case 'error':
        return this.#uncertain(failure.submitUnknown(named.error, this.#call));
    }
    this.#shared.keys.released(idempotencyKey);
    return this.#uncertain(failure.namedAnother(named.transactionId, this.#call));
  }

  /**
   * Failed: it may be submitted again if that cannot apply it twice and the call's retry policy allows it.
   *
   * @throws TransactionFailedError
   */
  async #afterFailure(record: TransactionRecord, attempt: number): Promise<Unchecked | Unsent> {
    // A server that returns the failed transaction for its key will return it again.
    const isStuck = this.#failed.has(record.transactionId);
    this.#noteFailure(record);
    if (attempt === 0) return { is: 'unchecked' };
    const failed = failure.transactionFailed(record, { idempotencyKey: this.#call.idempotencyKey, isStuck });
    const mayDouble = this.#unanswered !== undefined && !this.#trustsKey;
    const mayRepeat = isReadConflict(record) && !isStuck && !mayDouble && (await this.#mayRepeat(failed, attempt));
    if (!mayRepeat) throw failed;
    return { is: 'unsent' };
  }

  /**
   * Committed: returns the receipt, or else reads the result.
   *
   * @throws OutcomeUnknownError if the result cannot be read
   */
  async #result(record: TransactionRecord, receipt: R | undefined): Promise<R> {
    const { transactionId, type } = record;
    const { idempotencyKey } = this.#call;
    const requestId = givenRequestId(this.#call);
    if (this.#submissions > 0) this.#commitMs = performance.now() - this.#sentAt;
    this.#settings.logger.info({ type, transactionId, idempotencyKey, requestId }, 'spydra: committed');
    if (receipt && isAbout(receipt, record)) return { ...receipt, status: 'committed' };
    try {
      const result = await this.#operation.readResult(this.#ledger, this.#order, record, this.#asking);
      return { ...result, transactionId, status: 'committed' } as R;
    } catch (error) {
      // The caller calls again under this key, also where the SDK has generated it.
      this.#hold(transactionId);
      throw failure.resultUnread(transactionId, error, this.#call);
    }
  }

  /** Notes the transaction that holds a key of the caller's. */
  #accepted(transactionId: string, sentAt?: number): void {
    if (this.#call.keyIsGiven) this.#hold(transactionId, sentAt);
  }

  /** Notes the transaction that holds the key, even where lists do not show it yet. */
  #hold(transactionId: string, sentAt = this.#shared.now()): void {
    const { idempotencyKey } = this.#call;
    this.#shared.keys.accepted(idempotencyKey, { transactionId, sentAt }, this.#settings.uncertaintyWindow);
  }

  /** Whether a transaction has failed; if so, releases the key. A list may show as pending what has failed since. */
  #noteFailure(record: TransactionRecord): boolean {
    const { transactionId } = record;
    if (isAlive(record) && !this.#failed.has(transactionId)) return false;
    this.#failed.add(transactionId);
    const { idempotencyKey } = this.#call;
    const holder = this.#shared.keys.holderOf(idempotencyKey);
    if (holder?.transactionId === transactionId) this.#shared.keys.released(idempotencyKey);
    return true;
  }

  /** Marks the key of a write that may still be applied: until then, not finding it proves nothing. */
  #uncertain(error: OutcomeUnknownError): OutcomeUnknownError {
    this.#shared.keys.markUncertain(this.#call.idempotencyKey, this.#settings.uncertaintyWindow);
    return error;
  }

  get #trustsKey(): boolean {
    return this.#settings.idempotency === 'trust';
  }
}

/** Whether a response is about the asset that its transaction has changed. */
function isAbout(receipt: Receipt & { readonly assetId?: unknown }, { assetId }: TransactionRecord): boolean {
  return receipt.assetId === undefined || assetId === undefined || receipt.assetId === assetId;
}
