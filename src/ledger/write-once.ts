import type { WriteCall } from '../call.js';
import { OutcomeUnknownError } from '../errors.js';
import type { Settings } from '../options.js';
import { Keys } from './keys.js';
import { Lanes } from './lanes.js';
import type { Ledger, Receipt } from './ledger.js';
import { Submission, type Write } from './submission.js';
import { fingerprintOf } from './trace.js';
import { earlierUnknown } from './write-errors.js';

/** What the writes of all clients of one origin have in common. */
export class Shared {
  readonly keys = new Keys();
  readonly lanes = new Lanes();
}

/** Runs writes so that each takes effect once, or ends in an error that says what is known of it. */
export class WriteOnce {
  readonly #ledger: Ledger;
  readonly #settings: Settings;
  readonly #shared: Shared;

  constructor(ledger: Ledger, settings: Settings, shared: Shared) {
    this.#ledger = ledger;
    this.#settings = settings;
    this.#shared = shared;
  }

  /** Calls under one key that the caller gave take turns, so that the later one finds what the earlier one did. */
  async run<R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R> {
    const { appId } = this.#settings;
    const fingerprint = await fingerprintOf({ appId, types: write.trace.types, order: write.order });
    const submission = new Submission(write, { ...call, fingerprint }, this.#ledger, this.#settings, this.#shared);
    if (!call.keyIsGiven) return this.#doubting(submission.commit(), call);
    const leave = await this.#shared.keys.turns.enter(call.idempotencyKey, call.signal).catch((error: unknown) => {
      throw earlierUnknown(error, call);
    });
    try {
      return await this.#doubting(submission.resume(), call);
    } finally {
      leave();
    }
  }

  /** Remembers the key of a write that may still arrive: until then, not finding it means nothing. */
  async #doubting<T>(work: Promise<T>, call: WriteCall): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const mayArrive = error instanceof OutcomeUnknownError && !error.retryable;
      if (mayArrive) this.#shared.keys.doubt(call.idempotencyKey, Date.now() + this.#settings.settleWindow);
      throw error;
    }
  }
}
