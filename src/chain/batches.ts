import { whenAborted } from '../core/abort.js';
import type { WriteCall } from '../core/call.js';
import { stringifyJson } from '../core/json.js';
import { withResolvers } from '../core/with-resolvers.js';
import { OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import type { Transacted } from './chain.js';
import { type AfterBatch, type ClaimedWrite, type ClaimedWrites, concluded } from './claimed-writes.js';
import { outcomeUnknown, transactionInvalid } from './errors.js';
import { jointCall } from './joint-call.js';
import { isRefusal, refusalError } from './refusals.js';
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
  /** Where it is: what is alone heeds its own signal. */
  stage: 'waiting' | 'batched' | 'alone';
  /** Whether credits were swept for it. */
  isSwept: boolean;
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
    const member: Member = { write, call, json, resolve, reject, stage: 'waiting', isSwept: false };
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
    const { call, stage, reject } = member;
    const cause = call.signal.reason;
    this.#waiting = this.#waiting.filter((each) => each !== member);
    if (stage === 'waiting') reject(concluded(cause, call));
    if (stage === 'batched') reject(outcomeUnknown(call, { stage: 'submit', cause }));
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
      await this.#runAlone(first).catch(() => {});
      return;
    }
    for (const member of members) member.stage = 'batched';
    const { call, release } = jointCall(members.map((member) => member.call));
    const args = [`[${members.map(({ json }) => json).join(',')}]`];
    const locks = [...new Set(members.flatMap(({ write }) => write.locks))];
    try {
      const batch = { functionName: 'Batch', args, hasWritten: batchHasWritten, locks };
      const { result, isCommitted, open = [] } = await this.#writes.run(batch, call);
      const outcomes = readOutcomes(result);
      const isOpen = (_: unknown, place: number) => open.includes(place);
      for (const member of members.filter(isOpen)) this.#runAlone(member, { is: 'open' });
      const ends = members
        .map((member, index) => ({ member, outcome: outcomes[index] }))
        .filter((end, place) => !isOpen(end, place));
      const unswept = ends.filter(needsSweep).map(({ member }) => member);
      for (const { member, outcome } of ends) {
        if (!unswept.includes(member)) this.#settle(member, outcome, isCommitted);
      }
      await this.#sweepFor(unswept, call);
    } catch (error) {
      for (const [place, member] of members.entries()) this.#fail(member, place, error);
    } finally {
      release();
    }
  }

  #settle(member: Member, outcome: BatchOutcome | undefined, isCommitted: boolean): void {
    const { call, resolve, reject } = member;
    if (outcome === undefined) {
      reject(outcomeUnknown(call, { stage: 'commit', cause: new Error('The batch lacks its outcome.') }));
    } else if ('applied' in outcome) {
      resolve({ result: stringifyJson(outcome.applied), isCommitted });
    } else {
      // As a write of its own: the key may have a claim all the same.
      this.#runAlone(member, { is: 'refused', error: refusalError(outcome.refused, call) });
    }
  }

  /** Sweeps the credits that the members lack, once for each wallet, and puts them into the next batch. */
  async #sweepFor(members: readonly Member[], call: WriteCall): Promise<void> {
    const accounts = new Map(members.map(({ write: { debits } }) => [JSON.stringify(debits), debits]));
    // One that fails is refused again in the next batch.
    await Promise.allSettled([...accounts.values()].map((account) => account && this.#writes.sweep(account, call)));
    const waiting = members.filter((member) => !member.call.signal.aborted);
    for (const member of waiting) Object.assign(member, { stage: 'waiting', isSwept: true });
    this.#waiting = [...waiting, ...this.#waiting];
  }

  #runAlone(member: Member, earlier?: AfterBatch): Promise<Transacted> {
    member.stage = 'alone';
    const end = this.#writes.apply(member.write, member.call, earlier);
    member.resolve(end);
    // Where the call ended before, nothing else hears of it.
    end.catch(() => {});
    return end;
  }

  /**
   * Ends a member of a batch that was not applied, or may have been. Its transaction is that of its own order: the batch
   * may commit without it.
   */
  #fail(member: Member, place: number, error: unknown): void {
    const { call, reject } = member;
    const batchId = error instanceof SpydraError ? error.transactionId : undefined;
    const transactionId = batchId && `${batchId}.${place}`;
    if (error instanceof OutcomeUnknownError) {
      const { stage, cause = error } = error;
      reject(outcomeUnknown(call, { stage, transactionId, cause }));
    } else if (error instanceof TransactionFailedError) {
      const own = transactionInvalid(error.validationCode, transactionId ?? '', call);
      this.#runAlone(member, { is: 'failed', error: own });
    } else if (isRefusal(error)) {
      this.#runAlone(member, { is: 'failed', error });
    } else {
      reject(concluded(error, call));
    }
  }
}

/** Whether it was refused for credits that are not swept, for the first time. */
function needsSweep({
  member,
  outcome,
}: {
  readonly member: Member;
  readonly outcome: BatchOutcome | undefined;
}): boolean {
  return !member.isSwept && outcome !== undefined && 'refused' in outcome && outcome.refused.code === 'SWEEP_REQUIRED';
}
