import { sleep } from '../abort.js';
import type { WriteCall } from '../call.js';
import { IdempotencyConflictError, OutcomeUnknownError, SpydraError } from '../errors.js';
import { backoff } from '../http/retry-policy.js';
import type { Settings } from '../options.js';
import { commitUnknown, finalRecord, lostToAnother, requestIdOf, transactionFailed } from './commit.js';
import { findByKey, isSame, type Trace } from './earlier-write.js';
import { commitState, type Ledger, type Receipt, type TransactionRecord } from './ledger.js';

/** One write: how it is sent, how its record is known again, and how its receipt is made from that record. */
export interface Write<R extends Receipt> {
  readonly trace: Trace;
  submit(): Promise<R>;
  /** @throws IdempotencyConflictError if the record turns out to be of another write. */
  recall(record: TransactionRecord): Promise<Omit<R, keyof Receipt>>;
}

/** Runs writes so that each takes effect once, or ends in an error that says what is known of it. */
export class WriteOnce {
  readonly #ledger: Ledger;
  readonly #settings: Pick<Settings, 'logger' | 'retries'>;

  constructor(ledger: Ledger, settings: Pick<Settings, 'logger' | 'retries'>) {
    this.#ledger = ledger;
    this.#settings = settings;
  }

  /** A key that the caller gave may have been used before: such a write is looked for first. */
  async run<R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R> {
    const earlier = call.keyIsGiven ? await findByKey(this.#ledger, call.idempotencyKey, write.trace, call) : undefined;
    return earlier ? this.#resume(write, earlier, call) : this.#submit(write, call);
  }

  /** Submits, and again only after the ledger has said that the last submission failed and changed nothing. */
  async #submit<R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R> {
    for (let attempt = 1, lost = ''; ; attempt++) {
      const answer = await this.#send(write, call);
      if ('takenBy' in answer) return this.#resume(write, answer.takenBy, call);
      if (!call.confirm) return answer;

      const record = await this.#final(answer.transactionId, call);
      if (commitState(record) === 'committed') return this.#committed(write, answer, call);
      // A server that answers the key with the transaction that lost will not do otherwise the next time.
      const hopeless = attempt > this.#settings.retries || record.transactionId === lost;
      if (hopeless || !lostToAnother(record)) throw transactionFailed(record, call.idempotencyKey);
      lost = record.transactionId;
      await sleep(backoff(attempt), call.signal);
    }
  }

  /** The receipt; or, where the server says that the key is taken, the transaction that took it. */
  async #send<R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R | { takenBy: TransactionRecord }> {
    try {
      return await write.submit();
    } catch (error) {
      if (!(error instanceof IdempotencyConflictError) || !error.transactionId) throw orUnknown(error, call);
      const { transactionId } = error;
      const takenBy = this.#ledger.getTransaction(transactionId, call);
      return { takenBy: await takenBy.catch(throwUnread(transactionId, call)) };
    }
  }

  /** Goes on with the transaction that an earlier call submitted under the same key. */
  async #resume<R extends Receipt>(write: Write<R>, earlier: TransactionRecord, call: WriteCall): Promise<R> {
    if (!isSame(write.trace, earlier)) throw keyIsTaken(earlier, call);
    const record = commitState(earlier) === 'pending' ? await this.#final(earlier.transactionId, call) : earlier;
    if (commitState(record) === 'failed') throw transactionFailed(record, call.idempotencyKey);
    const { transactionId } = record;
    const recalled = await write.recall(record).catch(throwUnread(transactionId, call));
    return this.#committed(write, { ...recalled, transactionId, status: 'committed' } as R, call);
  }

  async #final(transactionId: string, call: WriteCall): Promise<TransactionRecord> {
    try {
      return await finalRecord(this.#ledger, transactionId, call);
    } catch (error) {
      throw commitUnknown(transactionId, error, call.idempotencyKey);
    }
  }

  #committed<R extends Receipt>(write: Write<R>, receipt: R, { idempotencyKey }: WriteCall): R {
    const [type] = write.trace.types;
    this.#settings.logger.info({ type, transactionId: receipt.transactionId, idempotencyKey }, 'spydra: committed');
    return { ...receipt, status: 'committed' };
  }
}

/** An error that leaves the write's effect open, as the error that says so and what to do. */
export function orUnknown(error: unknown, { idempotencyKey }: WriteCall): unknown {
  if (!(error instanceof SpydraError) || error.outcome !== 'unknown') return error;
  return new OutcomeUnknownError(
    `The write was sent, but nobody can tell yet whether it was applied: ${error.message} Look for it with transactions.list({ idempotencyKey: '${idempotencyKey}' }) until it shows or cannot come any more; only then call again, with the same key.`,
    { stage: 'submit', idempotencyKey, status: error.status, requestId: error.requestId, cause: error },
  );
}

/**
 * Where a transaction is known to hold the key, failing to read it says nothing of the write: it must not pass for one
 * that was not applied.
 */
function throwUnread(transactionId: string, { idempotencyKey }: WriteCall) {
  return (error: unknown): never => {
    if (error instanceof IdempotencyConflictError) throw error;
    throw new OutcomeUnknownError(
      `Transaction ${transactionId} was submitted under the idempotencyKey ${idempotencyKey} before, but what it did could not be read. Call again with the same key and input, or ask with transactions.get('${transactionId}').`,
      { stage: 'commit', idempotencyKey, transactionId, cause: error, requestId: requestIdOf(error) },
    );
  };
}

/** The error of a write whose key belongs to another one. */
export function keyIsTaken(record: TransactionRecord, { idempotencyKey }: WriteCall): IdempotencyConflictError {
  return new IdempotencyConflictError(
    `The idempotencyKey ${idempotencyKey} was used before with another input, by transaction ${record.transactionId}. Use a new key for a new write.`,
    { transactionId: record.transactionId, idempotencyKey },
  );
}
