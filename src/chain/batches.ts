import { whenAborted } from '../core/abort.js';
import type { WriteCall } from '../core/call.js';
import { stringifyJson } from '../core/json.js';
import { withResolvers } from '../core/with-resolvers.js';
import { OutcomeUnknownError, TransactionFailedError } from '../errors.js';
import type { Transacted } from './chain.js';
import { type ClaimedWrite, type ClaimedWrites, concluded } from './claimed-writes.js';
import { outcomeUnknown, transactionInvalid } from './errors.js';
import { refusalError } from './refusals.js';
import { type BatchOutcome, batchHasWritten, readOutcomes } from './results.js';

/** Orders of one transaction: the contract takes 1,000, in 2.6 s on a real peer. */
export const MAX_ORDERS = 500;
/** Bytes of a transaction, as estimated: channels take 10 MB by default (`AbsoluteMaxBytes`). */
const MAX_BYTES = 4_000_000;
/** Bytes that an order takes beside itself: what it reads and writes. */
const BYTES_OF_ORDER = 4_000;
/** What is written of an order: in the proposal, in its record, and as a part of the result. */
const COPIES = 3;

/** A write that waits for its batch, or for its end. */
interface Member {
  readonly write: ClaimedWrite;
  readonly call: WriteCall;
  /** The order as a member of a batch, as JSON. */
  readonly json: string;
  readonly resolve: (end: Transacted | Promise<Transacted>) => void;
  readonly reject: (error: unknown) => void;
  isOver: boolean;
}

/**
 * Puts writes that begin together into one transaction, each under its own key: one that is refused costs the others
 * nothing. One batch is sent at a time; writes that come meanwhile are in the next one.
 */
export class Batches {
  readonly #writes: ClaimedWrites;
  #waiting: Member[] = [];
  #isRunning = false;

  constructor(writes: ClaimedWrites) {
    this.#writes = writes;
  }

  /** Applies a write once under the key of its call; throws as `ClaimedWrites.apply` does. */
  apply(write: ClaimedWrite, call: WriteCall): Promise<Transacted> {
    const { functionName, order } = write;
    const json = stringifyJson({ function: functionName, order, key: call.idempotencyKey });
    const { promise, resolve, reject } = withResolvers<Transacted>();
    const member: Member = { write, call, json, resolve, reject, isOver: false };
    this.#waiting.push(member);
    const forget = whenAborted(call.signal, () => this.#end(member));
    if (!this.#isRunning) {
      this.#isRunning = true;
      // Once all that begin together are there.
      setTimeout(() => this.#runAll(), 0);
    }
    return promise.finally(forget);
  }

  /** Ends a member whose call is over. */
  #end(member: Member): void {
    member.isOver = true;
    const { call, reject } = member;
    const at = this.#waiting.indexOf(member);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      reject(call.signal.reason);
    } else {
      reject(outcomeUnknown(call, { stage: 'submit', cause: call.signal.reason }));
    }
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#run(this.#take());
    this.#isRunning = false;
  }

  /** The first of those that wait, as many as a transaction takes. */
  #take(): readonly Member[] {
    let bytes = 0;
    const isTooMuch = ({ json }: Member, index: number) => {
      bytes += BYTES_OF_ORDER + COPIES * json.length;
      return index === MAX_ORDERS || (index > 0 && bytes > MAX_BYTES);
    };
    const end = this.#waiting.findIndex(isTooMuch);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #run(members: readonly Member[]): Promise<void> {
    const [first] = members;
    if (members.length === 1 && first) {
      await this.#writes.apply(first.write, first.call).then(first.resolve, first.reject);
      return;
    }
    const { call, release } = callOf(members);
    const args = [`[${members.map(({ json }) => json).join(',')}]`];
    const locks = [...new Set(members.flatMap(({ write }) => write.locks))];
    try {
      const batch = { functionName: 'Batch', args, hasWritten: batchHasWritten, locks };
      const { result, isCommitted } = await this.#writes.run(batch, call);
      const outcomes = readOutcomes(result);
      for (const [index, member] of members.entries()) this.#settle(member, outcomes[index], isCommitted);
    } catch (error) {
      for (const member of members) this.#fail(member, error);
    } finally {
      release();
    }
  }

  #settle(member: Member, outcome: BatchOutcome | undefined, isCommitted: boolean): void {
    const { write, call, resolve, reject } = member;
    if (outcome === undefined) {
      reject(outcomeUnknown(call, { stage: 'commit', cause: new Error('The batch lacks its outcome.') }));
    } else if ('applied' in outcome) {
      resolve({ result: stringifyJson(outcome.applied), isCommitted });
    } else {
      // As a write of its own: what it lacks may be a sweep, or the key may have a claim.
      resolve(this.#writes.apply(write, call, { is: 'refused', error: refusalError(outcome.refused, call) }));
    }
  }

  /** Ends a member of a batch that was not applied, or may have been. */
  #fail({ write, call, resolve, reject }: Member, error: unknown): void {
    if (error instanceof OutcomeUnknownError) {
      const { stage, transactionId } = error;
      reject(outcomeUnknown(call, { stage, transactionId, cause: error.cause ?? error }));
    } else if (error instanceof TransactionFailedError) {
      const own = transactionInvalid(error.validationCode, error.transactionId ?? '', call);
      resolve(this.#writes.apply(write, call, { is: 'failed', error: own }));
    } else {
      reject(concluded(error, call));
    }
  }
}

/** The call of a batch: it lasts as long as one of its members does. */
function callOf(members: readonly Member[]): { readonly call: WriteCall; readonly release: () => void } {
  const [{ call }] = members as readonly [Member];
  const ended = new AbortController();
  const check = (reason: unknown) => members.every(({ isOver }) => isOver) && ended.abort(reason);
  const forgets = members.map((member) => whenAborted(member.call.signal, () => check(member.call.signal.reason)));
  return {
    call: {
      ...call,
      signal: ended.signal,
      deadlineAt: Math.max(...members.map((member) => member.call.deadlineAt)),
      keyIsGiven: false,
      confirm: members.some((member) => member.call.confirm),
    },
    release: () => {
      for (const forget of forgets) forget();
    },
  };
}
