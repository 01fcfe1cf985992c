import type { Invocation, Transacted } from '../chain/chain.js';
import { outcomeUnknown, transactionInvalid } from '../chain/errors.js';
import { sleep } from '../core/abort.js';
import { throwIfOver, type WriteCall } from '../core/call.js';
import type { SpydraError, WriteStage } from '../errors.js';
import { attempt } from './attempt.js';
import type { Endorsed, Peer } from './peer.js';

/** Milliseconds to wait for the commit of an envelope that an orderer has taken, at first: it may still lose it. */
const SLICE = 5_000;
const MAX_SLICE = 30_000;
/** Milliseconds after a failure, at first; doubled with each. */
const PAUSE = 100;
const MAX_PAUSE = 5_000;

/** What is known of a transaction. */
type State =
  /** Nothing was sent to an orderer. */
  | { readonly is: 'unendorsed' }
  | { readonly is: 'endorsed'; readonly endorsed: Endorsed }
  /** An orderer may have it, and has if it accepted it. From here on only a validation code is an end. */
  | Sent
  | Refused
  | { readonly is: 'ended'; readonly endorsed: Endorsed; readonly validationCode: string };

interface Sent {
  readonly is: 'sent';
  readonly endorsed: Endorsed;
  readonly isAccepted: boolean;
}

/** The orderer refuses it when it is first sent, as every other one does. */
interface Refused {
  readonly is: 'refused';
  readonly endorsed: Endorsed;
  readonly refusal: SpydraError;
}

/**
 * Drives one transaction from its proposal to its validation code. Where a submission or its status is not answered, the
 * same envelope is sent again, which Fabric applies once: its id is that of one transaction.
 */
export class Drive {
  readonly #peer: Peer;
  readonly #invocation: Invocation;
  readonly #call: WriteCall;
  /** What was sent, as long as no validation code of it is known. */
  #open: { readonly transactionId: string; readonly stage: WriteStage } | undefined;
  /** Why the last submission failed. */
  #failure: unknown;
  #failures = 0;
  #submissions = 0;

  constructor(peer: Peer, invocation: Invocation, call: WriteCall) {
    this.#peer = peer;
    this.#invocation = invocation;
    this.#call = call;
  }

  /** As `Chain.transact`. */
  async run(): Promise<Transacted> {
    try {
      return await this.#run();
    } catch (error) {
      if (!this.#open) throw error;
      const cause = this.#failure === undefined ? error : this.#peer.errorOf(this.#failure, this.#call);
      throw outcomeUnknown(this.#call, { ...this.#open, cause });
    }
  }

  async #run(): Promise<Transacted> {
    let state: State = { is: 'unendorsed' };
    for (;;) {
      switch (state.is) {
        case 'unendorsed': {
          const { functionName, args, hasWritten } = this.#invocation;
          const endorsed: Endorsed = await this.#peer.endorse(functionName, args, this.#call);
          const { result } = endorsed;
          if (!hasWritten(result)) return { result, isCommitted: true };
          state = { is: 'endorsed', endorsed };
          break;
        }
        case 'endorsed':
          throwIfOver(this.#call);
          state = await this.#submit(state.endorsed);
          break;
        case 'sent':
          if (state.isAccepted && !this.#call.confirm) return { result: state.endorsed.result, isCommitted: false };
          state = await this.#follow(state);
          break;
        case 'refused':
          state = await this.#endRefused(state);
          break;
        case 'ended': {
          const { endorsed, validationCode } = state;
          this.#open = undefined;
          if (validationCode === 'VALID') return { result: endorsed.result, isCommitted: true };
          throw transactionInvalid(validationCode, endorsed.transactionId, this.#call);
        }
      }
    }
  }

  /** Sends the envelope, for the first time or again. Unless the first one is refused, an orderer may have it. */
  async #submit(endorsed: Endorsed): Promise<State> {
    const { transactionId, envelope } = endorsed;
    this.#open ??= { transactionId, stage: 'submit' };
    this.#submissions++;
    try {
      await attempt(this.#call, this.#call.timeout, (options) => envelope.submit(options));
      this.#open = { transactionId, stage: 'commit' };
      this.#failure = undefined;
      return { is: 'sent', endorsed, isAccepted: true };
    } catch (error) {
      this.#call.signal.throwIfAborted();
      const refusal = this.#submissions === 1 ? this.#peer.refusalOf(error, this.#call) : undefined;
      if (refusal) return { is: 'refused', endorsed, refusal };
      this.#failure = error;
      this.#failures++;
      return { is: 'sent', endorsed, isAccepted: false };
    }
  }

  /**
   * Ends what the orderer has refused, once it is not on the ledger all the same: the gateway tries one orderer after the
   * other, and the certificate may have expired between them.
   */
  async #endRefused({ endorsed, refusal }: Refused): Promise<State> {
    const validationCode = await this.#peer.status(endorsed.transactionId, this.#call, SLICE).catch(() => undefined);
    this.#call.signal.throwIfAborted();
    if (validationCode !== undefined) return { is: 'ended', endorsed, validationCode };
    this.#open = undefined;
    throw refusal;
  }

  /** Waits for the validation code; without one in time the envelope is sent again. */
  async #follow({ endorsed, isAccepted }: Sent): Promise<State> {
    const slice = Math.min(SLICE * 2 ** (this.#submissions - 1), MAX_SLICE);
    const pause = Math.min(PAUSE * 2 ** Math.max(this.#failures - 1, 0), MAX_PAUSE);
    const until = performance.now() + pause;
    const ms = isAccepted ? slice : pause;
    const validationCode = await this.#peer.status(endorsed.transactionId, this.#call, ms).catch(() => undefined);
    if (validationCode !== undefined) return { is: 'ended', endorsed, validationCode };
    this.#failures++;
    // A status that fails at once must not be asked for without a pause.
    await sleep(Math.max(until - performance.now(), 0), this.#call.signal);
    this.#call.signal.throwIfAborted();
    return this.#submit(endorsed);
  }
}
