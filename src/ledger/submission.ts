import { sleep } from '../abort.js';
import type { WriteCall } from '../call.js';
import { IdempotencyConflictError, SpydraError } from '../errors.js';
import { backoff } from '../http/retry-policy.js';
import type { Settings } from '../options.js';
import { findByKey, isAlive } from './earlier-write.js';
import type { Keys } from './keys.js';
import type { Lanes } from './lanes.js';
import { commitState, type Ledger, lostToAnother, type Receipt, type TransactionRecord } from './ledger.js';
import { settle } from './settle.js';
import { isOther, isProven, type Trace } from './trace.js';
import * as failure from './write-errors.js';

/** One write: its whole input, how it is sent, how its record is known again, and how its receipt is made from that. */
export interface Write<R extends Receipt> {
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

/** A write on its way to its commit, within one call. */
export class Submission<R extends Receipt> {
  readonly #write: Write<R>;
  readonly #call: WriteCall & { readonly fingerprint: string };
  readonly #ledger: Ledger;
  readonly #settings: Settings;
  readonly #keys: Keys;
  readonly #lanes: Lanes;
  /** Ids of transactions under the key that have failed, and so hold the write no longer. */
  readonly #failed = new Set<string>();

  constructor(
    write: Write<R>,
    call: WriteCall & { readonly fingerprint: string },
    ledger: Ledger,
    settings: Settings,
    { keys, lanes }: { readonly keys: Keys; readonly lanes: Lanes },
  ) {
    this.#write = write;
    this.#call = call;
    this.#ledger = ledger;
    this.#settings = settings;
    this.#keys = keys;
    this.#lanes = lanes;
  }

  /** Goes on with what an earlier call under the key has submitted, or commits the write now. */
  async resume(): Promise<R> {
    const earlier = await this.#earlier();
    return this.commit(earlier && (await this.#follow(earlier)));
  }

  /** Submits the write until it is committed; again only after it has failed for certain and changed nothing. */
  async commit(earlier?: Ended<R>): Promise<R> {
    let ended = earlier;
    for (let attempt = 1; ; attempt++) {
      const { receipt, record } = ended ?? (await this.#attempt());
      if (record === undefined) return receipt;
      if (commitState(record) === 'committed') return this.#committed(record, receipt);
      // A server that answers the key with the transaction that lost will not do otherwise the next time.
      const isStuck = this.#failed.has(record.transactionId);
      if (isStuck || attempt > this.#settings.retries || !lostToAnother(record)) {
        throw failure.transactionFailed(record, { idempotencyKey: this.#call.idempotencyKey, isStuck });
      }
      this.#failed.add(record.transactionId);
      this.#lanes.conflicted(this.#write.touches);
      ended = undefined;
      await sleep(backoff(attempt), this.#call.signal);
    }
  }

  /** What an earlier call under the key has submitted, and has not failed. */
  async #earlier(): Promise<Held<R> | undefined> {
    const { idempotencyKey } = this.#call;
    const records = await findByKey(this.#ledger, idempotencyKey, this.#write.trace, this.#call).catch(
      (error: unknown) => {
        throw failure.earlierUnknown(error, this.#call);
      },
    );
    const [record] = records;
    const doubtedUntil = this.#trustsKey ? undefined : this.#keys.doubtedUntil(idempotencyKey);
    if (!record && doubtedUntil !== undefined) {
      throw failure.earlierUnknown(failure.stillDoubted(doubtedUntil), this.#call);
    }
    for (const { transactionId } of records.filter((other) => !isAlive(other))) this.#failed.add(transactionId);
    if (!record || !isAlive(record)) return undefined;
    if (isOther(record, this.#write.trace, this.#call)) throw failure.keyIsTaken(record, this.#call);
    return { transactionId: record.transactionId, ifOther: (other) => failure.keyIsTaken(other, this.#call) };
  }

  /** One submission, in its lanes up to its commit. Without an answer the lanes are free again while it is looked for. */
  async #attempt(): Promise<Ended<R>> {
    const ended = await this.#lanes.within(this.#write.touches, this.#settings.lanes, this.#call.signal, async () => {
      const sent = await this.#send();
      const answered = sent instanceof SpydraError && this.#trustsKey ? await this.#repeat(sent) : sent;
      return answered instanceof SpydraError ? answered : this.#follow(answered);
    });
    return ended instanceof SpydraError ? this.#follow(await this.#settle(ended)) : ended;
  }

  /** Sends the write once. Answers what holds it, an error too may name that; or the error of a write not answered. */
  async #send(): Promise<Held<R> | SpydraError> {
    try {
      const receipt = await this.#write.submit(this.#call);
      const { transactionId } = receipt;
      const ifOther = () => failure.commitUnknown(transactionId, undefined, this.#call.idempotencyKey);
      return { transactionId, receipt, ifOther };
    } catch (error) {
      if (error instanceof IdempotencyConflictError) return this.#keyHolder(error);
      if (!(error instanceof SpydraError) || error.outcome !== 'unknown') throw error;
      const { transactionId } = error;
      if (transactionId === undefined) return error;
      return { transactionId, ifOther: () => failure.submitUnknown(error, this.#call) };
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
    const { idempotencyKey, keyIsGiven } = this.#call;
    const until = Date.now() + this.#settings.settleWindow;
    const { code, status, requestId } = unanswered;
    this.#settings.logger.warn({ idempotencyKey, code, status, requestId }, 'spydra: looking for an unanswered write');
    const search = { idempotencyKey, trace: this.#write.trace, failed: this.#failed, until };
    const record = await settle(this.#ledger, search, this.#call).catch(() => {
      throw failure.submitUnknown(unanswered, this.#call);
    });
    if (!record) throw failure.submitUnknown(unanswered, this.#call, { isOver: true, keyIsGiven });
    return { transactionId: record.transactionId, ifOther: () => failure.submitUnknown(unanswered, this.#call) };
  }

  /** The server says that the key is taken: by the transaction that it names, or that the ledger shows. */
  async #keyHolder(error: IdempotencyConflictError): Promise<Held<R>> {
    const { transactionId } = error;
    const ifOther = (other: TransactionRecord) => failure.keyIsTaken(other, this.#call);
    if (transactionId !== undefined) return { transactionId, ifOther, isDenied: true };
    const found = await this.#earlier();
    if (!found) throw failure.earlierUnknown(error, this.#call);
    return { ...found, isDenied: true };
  }

  /** Follows a transaction to its end, and makes sure that it is this write's. */
  async #follow({ transactionId, receipt, isDenied, ifOther }: Held<R>): Promise<Ended<R>> {
    if (receipt && !this.#call.confirm) return { receipt };
    const { idempotencyKey } = this.#call;
    const isFresh = receipt !== undefined;
    const record = await this.#ledger.waitForTransaction(transactionId, this.#call, isFresh).catch((error: unknown) => {
      throw failure.commitUnknown(transactionId, error, idempotencyKey);
    });
    if (isOther(record, this.#write.trace, this.#call)) throw ifOther(record);
    if (isDenied && !isProven(record, this.#write.trace)) {
      throw failure.commitUnknown(transactionId, undefined, idempotencyKey);
    }
    return { receipt, record };
  }

  async #committed(record: TransactionRecord, receipt: R | undefined): Promise<R> {
    const { transactionId, type } = record;
    const { idempotencyKey } = this.#call;
    this.#settings.logger.info({ type, transactionId, idempotencyKey }, 'spydra: committed');
    if (receipt) return { ...receipt, status: 'committed' };
    try {
      return { ...(await this.#write.recall(record)), transactionId, status: 'committed' } as R;
    } catch (error) {
      throw failure.resultUnread(transactionId, error, this.#call);
    }
  }

  get #trustsKey(): boolean {
    return this.#settings.idempotency === 'trust';
  }
}
