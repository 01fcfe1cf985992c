import type { Invocation, Transacted } from '../chain/chain.js';
import { outcomeUnknown, transactionInvalid } from '../chain/errors.js';
import { refusalError } from '../chain/refusals.js';
import { type BatchOutcome, hasWritten } from '../chain/results.js';
import { sleep } from '../core/abort.js';
import { throwIfOver, type WriteCall } from '../core/call.js';
import { SpydraError } from '../errors.js';
import { isReadConflict } from '../ledger/ledger.js';
import { isInProgress, type Stated } from './answers.js';
import { hasCommitted, isClaimed, type Outcomes, ordersOf, outcomesOf, resultOf } from './outcomes.js';

/** Milliseconds for which the claim of an accepted transaction is asked for before it is sent again: a peer may lag behind. */
const SLICE = 5_000;
/** Milliseconds after a request that has not ended the write, at first; doubled with each. */
const PAUSE = 100;
const MAX_PAUSE = 5_000;

/** The requests that a write is made of. */
export interface PlatformRequests {
  /** Evaluates a function: nothing is ordered. */
  query(functionName: string, args: readonly string[], call: WriteCall): Promise<string>;
  /** Sends a transaction. What it throws with the outcome `'not-applied'` was not applied, if the server is right. */
  send(functionName: string, args: readonly string[], call: WriteCall): Promise<Stated>;
}

/** What the ledger shows of the orders. */
interface Seen {
  readonly result: string;
  readonly outcomes: Outcomes;
}

/** What is known of a write. */
type State =
  /** The contract would apply it, and no transaction of this call may. */
  | { readonly is: 'unsent' }
  /** A transaction may be applied, now or later. From here on only the claims are an end, or that nothing was sent. */
  | { readonly is: 'sent'; readonly stated: Stated | undefined }
  /** The last transaction was not applied, as the response states: the ledger is asked whether that is so. */
  | { readonly is: 'rejected'; readonly error: SpydraError }
  | { readonly is: 'ended'; readonly transacted: Transacted }
  | { readonly is: 'refused'; readonly error: SpydraError };

/**
 * One write from its first question to its claim. No response to a transaction counts as its end, for the documentation
 * does not say what errors look like: what the contract has under the idempotency key does. Sent again under that key, a
 * write is applied once.
 */
export class PlatformWrite {
  readonly #requests: PlatformRequests;
  readonly #invocation: Invocation;
  readonly #call: WriteCall;
  readonly #orders: string;
  /** Whether a transaction that was sent may still be applied. */
  #isOpen = false;
  #transactionId: string | undefined;
  /** How many orders were claimed before anything was sent. */
  #claimed = 0;
  /** Why the key was voided. */
  #refusal: SpydraError | undefined;
  /** Why the last request has failed. */
  #failure: unknown;
  #failures = 0;

  constructor(requests: PlatformRequests, invocation: Invocation, call: WriteCall) {
    this.#requests = requests;
    this.#invocation = invocation;
    this.#call = call;
    this.#orders = ordersOf(invocation);
    this.#isOpen = invocation.isOpen ?? false;
  }

  /** As `Chain.transact`. */
  async run(): Promise<Transacted> {
    try {
      return await this.#run();
    } catch (error) {
      if (!this.#isOpen) throw error;
      const transactionId = this.#transactionId;
      const stage = transactionId === undefined ? 'submit' : 'commit';
      throw outcomeUnknown(this.#call, { stage, transactionId, cause: this.#failure ?? error });
    }
  }

  async #run(): Promise<Transacted> {
    let state: State = await this.#begin();
    for (;;) {
      switch (state.is) {
        case 'unsent':
          throwIfOver(this.#call);
          state = await this.#send();
          break;
        case 'sent':
          state = await this.#follow(state.stated);
          break;
        case 'rejected':
          state = await this.#check(state.error);
          break;
        case 'ended':
          return state.transacted;
        case 'refused':
          throw state.error;
      }
    }
  }

  /**
   * Asks before anything is sent.
   *
   * @throws whatever `hasWritten` throws
   */
  async #begin(): Promise<State> {
    const seen = await this.#ask();
    const error = this.#refusalIn(seen.outcomes);
    if (this.#isOpen) return this.#endOf(seen) ?? (error ? { is: 'sent', stated: undefined } : { is: 'unsent' });
    if (error) return { is: 'refused', error };
    this.#claimed = seen.outcomes.filter(isClaimed).length;
    const result = resultOf(this.#invocation, seen.result, seen.outcomes);
    if (this.#invocation.hasWritten(result)) return { is: 'unsent' };
    return { is: 'ended', transacted: { result, isCommitted: true } };
  }

  async #send(): Promise<State> {
    const { functionName, args } = this.#invocation;
    const wasOpen = this.#isOpen;
    this.#isOpen = true;
    try {
      const stated = await this.#requests.send(functionName, args, this.#call);
      this.#transactionId = stated.transactionId;
      this.#failure = undefined;
      // What becomes of an earlier transaction is not stated.
      return { is: 'sent', stated: wasOpen ? { transactionId: undefined, result: undefined } : stated };
    } catch (error) {
      this.#failure = error;
      this.#failures++;
      const isRejected = error instanceof SpydraError && error.outcome === 'not-applied' && !isInProgress(error);
      // Without a response nothing has reached the server.
      const isUnsent = isRejected && error.status === undefined && error.serverCode === undefined;
      if (isUnsent) this.#isOpen = wasOpen;
      this.#call.signal.throwIfAborted();
      if (isUnsent && !wasOpen) throw error;
      return isRejected && !wasOpen ? { is: 'rejected', error } : { is: 'sent', stated: undefined };
    }
  }

  /** Asks for the claims. Without them in time the transaction is sent again, as long as the contract would apply it. */
  async #follow(stated: Stated | undefined): Promise<State> {
    const until = performance.now() + (stated ? SLICE : 0);
    let asked = 0;
    for (let pause = this.#pause(); ; pause = Math.min(2 * pause, MAX_PAUSE)) {
      const isLast = asked++ > 0 && performance.now() >= until;
      const seen = await this.#tryToAsk();
      const ended = seen && this.#endOf(seen, stated);
      if (ended) return ended;
      const refusal = seen && this.#refusalIn(seen.outcomes);
      if (isLast && !refusal) return { is: 'unsent' };
      if (!refusal || asked === 1 || !(await this.#isVoided(refusal))) await sleep(pause, this.#call.signal);
    }
  }

  /**
   * Asks whether a transaction was rejected, as its response states, and what the contract would do now.
   *
   * @throws TransactionFailedError for a read conflict; the error of the response, if that was of the server
   */
  async #check(error: SpydraError): Promise<State> {
    const { serverCode } = error;
    const seen = await this.#tryToAsk();
    if (!seen) return { is: 'sent', stated: undefined };
    const ended = this.#endOf(seen);
    if (ended) return ended;
    this.#isOpen = false;
    if (isReadConflict({ error: serverCode })) throw transactionInvalid(`${serverCode}`, undefined, this.#call);
    const refusal = this.#refusalIn(seen.outcomes);
    if (refusal) return { is: 'refused', error: refusal };
    if (error.status !== undefined) throw error;
    // It was refused, and would not be now.
    await sleep(this.#pause(), this.#call.signal);
    return { is: 'unsent' };
  }

  /**
   * The end of the write, if the claims prove it. A batch ends when one of its orders is applied, or none would be any more:
   * then others may be open.
   */
  #endOf({ result, outcomes }: Seen, stated?: Stated): State | undefined {
    const isBatch = this.#invocation.functionName === 'Batch';
    const isSpent = isBatch && outcomes.every((outcome) => isClaimed(outcome) || 'refused' in outcome);
    if (outcomes.filter(isClaimed).length <= this.#claimed && !isSpent) return undefined;
    const refused = isBatch && stated?.result !== undefined ? this.#outcomesIn(stated.result) : undefined;
    const isClosed = isBatch && stated?.transactionId !== undefined && hasCommitted(outcomes, stated.transactionId);
    const known = outcomes.map((outcome, place) => {
      const other = refused?.[place];
      return !isClaimed(outcome) && other && 'refused' in other ? other : outcome;
    });
    const isOpen = (outcome: BatchOutcome, place: number) =>
      !isClaimed(outcome) && outcome !== refused?.[place] && !(isClosed && 'refused' in outcome);
    const open = [...known.keys()].filter((place) => isOpen(known[place] as BatchOutcome, place));
    this.#isOpen = false;
    const error = this.#refusalIn(known);
    if (error) return { is: 'refused', error: this.#refusal ?? error };
    return { is: 'ended', transacted: { result: resultOf(this.#invocation, result, known), isCommitted: true, open } };
  }

  /**
   * Makes a refusal final, so that nothing that was sent can be applied any more: voids the key, if that is known to this
   * call alone. Resolves with whether that was done.
   */
  async #isVoided(refusal: SpydraError): Promise<boolean> {
    const { idempotencyKey, keyIsGiven } = this.#call;
    const { functionName } = this.#invocation;
    // After a sweep the write goes on under its key.
    if (keyIsGiven || functionName === 'Void' || refusal.serverCode === 'SWEEP_REQUIRED') return false;
    try {
      const invocation = { functionName: 'Void', args: [idempotencyKey], hasWritten };
      await new PlatformWrite(this.#requests, invocation, this.#call).run();
      this.#refusal = refusal;
      return true;
    } catch (error) {
      this.#call.signal.throwIfAborted();
      this.#failure ??= error;
      return false;
    }
  }

  /** The refusal of a single order. Those of a batch are a part of its result. */
  #refusalIn([first]: Outcomes): SpydraError | undefined {
    const isRefused = this.#invocation.functionName !== 'Batch' && first && 'refused' in first;
    return isRefused ? refusalError(first.refused, this.#call) : undefined;
  }

  async #tryToAsk(): Promise<Seen | undefined> {
    try {
      return await this.#ask();
    } catch (error) {
      this.#call.signal.throwIfAborted();
      this.#failure ??= error;
      this.#failures++;
      return undefined;
    }
  }

  /** What became of the orders on the committed state, or would. */
  async #ask(): Promise<Seen> {
    const result = await this.#requests.query('Batch', [this.#orders], this.#call);
    return { result, outcomes: outcomesOf(this.#orders, result) };
  }

  #outcomesIn(result: string): Outcomes | undefined {
    try {
      return outcomesOf(this.#orders, result);
    } catch {
      return undefined;
    }
  }

  /** Milliseconds, random in part: clients that failed together do not return together. */
  #pause(): number {
    return Math.min(PAUSE * 2 ** Math.max(this.#failures - 1, 0), MAX_PAUSE) * (0.5 + Math.random() / 2);
  }
}
