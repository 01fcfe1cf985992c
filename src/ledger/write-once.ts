import { sleep } from '../abort.js';
import type { WriteCall } from '../call.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError } from '../errors.js';
import { backoff } from '../http/retry-policy.js';
import type { Settings } from '../options.js';
import { commitUnknown, finalRecord, lostToAnother, requestIdOf, transactionFailed } from './commit.js';
import { findByKey, isAlive } from './earlier-write.js';
import type { Keys } from './keys.js';
import { commitState, type Ledger, type Receipt, type TransactionRecord } from './ledger.js';
import { fingerprintOf, isOther, isProven, type Trace } from './trace.js';

/** One write: its whole input, how it is sent, how its record is known again, and how its receipt is made from that. */
export interface Write<R extends Receipt> {
  readonly order: object;
  readonly trace: Trace;
  submit(call: WriteCall): Promise<R>;
  recall(record: TransactionRecord): Promise<Omit<R, keyof Receipt>>;
}

/** A transaction that holds a write: submitted by this call, or by an earlier one under the same key. */
interface Held<R> {
  readonly transactionId: string;
  /** What the server answered, where it answered in full. */
  readonly receipt?: R;
  /** Whether the server denied that it is this write: then its record must prove that it is. */
  readonly isDenied?: boolean;
  /** The error to throw if the transaction turns out to be of another write. */
  ifOther(record: TransactionRecord): SpydraError;
}

/** Runs writes so that each takes effect once, or ends in an error that says what is known of it. */
export class WriteOnce {
  readonly #ledger: Ledger;
  readonly #settings: WriteSettings;
  readonly #keys: Keys;

  constructor(ledger: Ledger, settings: WriteSettings, keys: Keys) {
    this.#ledger = ledger;
    this.#settings = settings;
    this.#keys = keys;
  }

  /** Calls under one key that the caller gave take turns, so that the later one finds what the earlier one did. */
  async run<R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R> {
    const { appId } = this.#settings;
    const sealed = {
      ...call,
      fingerprint: await fingerprintOf({ appId, types: write.trace.types, order: write.order }),
    };
    if (!call.keyIsGiven) return this.#doubting(this.#submit(write, sealed, undefined), call);
    const leave = await this.#keys.turns.enter(call.idempotencyKey, call.signal).catch((error: unknown) => {
      throw earlierUnknown(error, call);
    });
    try {
      return await this.#doubting(this.#submit(write, sealed, await this.#earlier(write, sealed)), call);
    } finally {
      leave();
    }
  }

  /** Remembers the key of a write that may still arrive: until then, not finding it means nothing. */
  async #doubting<T>(work: Promise<T>, call: WriteCall): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const isSent = error instanceof OutcomeUnknownError && !error.retryable;
      if (isSent) this.#keys.doubt(call.idempotencyKey, Date.now() + this.#settings.settleWindow);
      throw error;
    }
  }

  /** A key that the caller gave may have been used before: such a write is looked for before anything is sent. */
  async #earlier<R extends Receipt>(write: Write<R>, call: SealedCall): Promise<Held<R> | undefined> {
    const record = await findByKey(this.#ledger, call.idempotencyKey, write.trace, call).catch((error: unknown) => {
      throw earlierUnknown(error, call);
    });
    const doubtedUntil = this.#keys.doubtedUntil(call.idempotencyKey);
    if (!record && doubtedUntil !== undefined) throw earlierUnknown(stillDoubted(doubtedUntil), call);
    if (!record || !isAlive(record)) return undefined;
    if (isOther(record, write.trace, call)) throw keyIsTaken(record, call);
    return { transactionId: record.transactionId, ifOther: (other) => keyIsTaken(other, call) };
  }

  /** Follows a transaction to its end; submits again only after it has failed for certain and changed nothing. */
  async #submit<R extends Receipt>(write: Write<R>, call: SealedCall, earlier: Held<R> | undefined): Promise<R> {
    let held = earlier;
    for (let attempt = 1, lost = ''; ; attempt++) {
      held ??= await this.#send(write, call);
      if (held.receipt && !call.confirm) return held.receipt;

      const record = await this.#final(held.transactionId, call);
      if (isOther(record, write.trace, call)) throw held.ifOther(record);
      if (held.isDenied && !isProven(record, write.trace)) {
        throw commitUnknown(held.transactionId, undefined, call.idempotencyKey);
      }
      if (commitState(record) === 'committed') return this.#committed(write, record, held.receipt, call);
      // A server that answers the key with the transaction that lost will not do otherwise the next time.
      const isStuck = record.transactionId === lost;
      if (isStuck || attempt > this.#settings.retries || !lostToAnother(record)) {
        throw transactionFailed(record, { idempotencyKey: call.idempotencyKey, isStuck });
      }
      lost = record.transactionId;
      held = undefined;
      await sleep(backoff(attempt), call.signal);
    }
  }

  /** Sends the write once. Whatever names its transaction, an error too, lets the call go on with it. */
  async #send<R extends Receipt>(write: Write<R>, call: SealedCall): Promise<Held<R>> {
    try {
      const receipt = await write.submit(call);
      const { transactionId } = receipt;
      return { transactionId, receipt, ifOther: () => commitUnknown(transactionId, undefined, call.idempotencyKey) };
    } catch (error) {
      if (error instanceof IdempotencyConflictError) return this.#keyHolder(write, error, call);
      if (!(error instanceof SpydraError) || error.outcome !== 'unknown') throw error;
      const { transactionId } = error;
      if (transactionId === undefined) throw submitUnknown(error, call);
      return { transactionId, ifOther: () => submitUnknown(error, call) };
    }
  }

  /** The server says that the key is taken: by the transaction that it names, or that the ledger shows. */
  async #keyHolder<R extends Receipt>(
    write: Write<R>,
    error: IdempotencyConflictError,
    call: SealedCall,
  ): Promise<Held<R>> {
    const { transactionId } = error;
    const ifOther = (other: TransactionRecord) => keyIsTaken(other, call);
    if (transactionId !== undefined) return { transactionId, ifOther, isDenied: true };
    const found = await this.#earlier(write, call);
    if (!found) throw earlierUnknown(error, call);
    return { ...found, isDenied: true };
  }

  async #final(transactionId: string, call: SealedCall): Promise<TransactionRecord> {
    try {
      return await finalRecord(this.#ledger, transactionId, call);
    } catch (error) {
      throw commitUnknown(transactionId, error, call.idempotencyKey);
    }
  }

  async #committed<R extends Receipt>(
    write: Write<R>,
    record: TransactionRecord,
    receipt: R | undefined,
    { idempotencyKey }: SealedCall,
  ): Promise<R> {
    const { transactionId, type } = record;
    this.#settings.logger.info({ type, transactionId, idempotencyKey }, 'spydra: committed');
    if (receipt) return { ...receipt, status: 'committed' };
    try {
      return { ...(await write.recall(record)), transactionId, status: 'committed' } as R;
    } catch (error) {
      throw resultUnread(transactionId, error, idempotencyKey);
    }
  }
}

type WriteSettings = Pick<Settings, 'logger' | 'retries' | 'settleWindow' | 'appId'>;

/** A call with the fingerprint of its input. */
type SealedCall = WriteCall & { readonly fingerprint: string };

/** The error of a write that was sent and not answered. */
function submitUnknown(error: SpydraError, { idempotencyKey }: WriteCall): OutcomeUnknownError {
  const { status, requestId, transactionId } = error;
  return new OutcomeUnknownError(
    `The write was sent, but nobody can tell yet whether it was applied: ${error.message} Ask transactions.reconcile('${idempotencyKey}') until it is found, or finally not; only then call again, with the same key.`,
    { stage: 'submit', idempotencyKey, status, requestId, transactionId, cause: error },
  );
}

function stillDoubted(until: number): Error {
  return new Error(`An earlier write under it was sent, and may still arrive until ${new Date(until).toISOString()}.`);
}

/** The error of a call that sent nothing, under a key that an earlier call may have used. */
function earlierUnknown(error: unknown, { idempotencyKey }: WriteCall): OutcomeUnknownError {
  const why = error instanceof Error ? error.message : String(error);
  return new OutcomeUnknownError(
    `Whether the idempotencyKey ${idempotencyKey} was used before could not be read, so this call wrote nothing: ${why} Call again with the same key and input.`,
    { stage: 'submit', idempotencyKey, requestId: requestIdOf(error), retryable: true, cause: error },
  );
}

/** The error of a write that is on the ledger, but whose result could not be read. */
function resultUnread(transactionId: string, cause: unknown, idempotencyKey: string): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `Transaction ${transactionId} is committed, but what it left could not be read. Call again with the same idempotencyKey and input, or read the balance or asset.`,
    { stage: 'commit', idempotencyKey, transactionId, cause, requestId: requestIdOf(cause) },
  );
}

function keyIsTaken(record: TransactionRecord, { idempotencyKey }: WriteCall): IdempotencyConflictError {
  return new IdempotencyConflictError(
    `The idempotencyKey ${idempotencyKey} was used before with another input, by transaction ${record.transactionId}. Use a new key for a new write.`,
    { transactionId: record.transactionId, idempotencyKey },
  );
}
