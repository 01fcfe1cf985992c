import type { WriteCall } from '../call.js';
import type { Settings } from '../options.js';
import { Keys } from './keys.js';
import { Lanes } from './lanes.js';
import type { Ledger, Receipt } from './ledger.js';
import { Searches } from './settle.js';
import { Submission, type Write } from './submission.js';
import { told } from './told.js';
import { fingerprintOf } from './trace.js';
import { earlierUnknown } from './write-errors.js';

/** What the writes to one ledger have in common, of all clients of one origin. */
export class Shared {
  readonly keys = new Keys();
  readonly lanes = new Lanes();
  readonly searches = new Searches();
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

  async run<R extends Receipt>(write: Write<R>, call: WriteCall): Promise<R> {
    const { appId } = this.#settings;
    const fingerprint = await fingerprintOf({ appId, types: write.trace.types, order: write.order });
    const submission = new Submission(write, { ...call, fingerprint }, this.#ledger, this.#settings, this.#shared);
    return told({
      type: write.type,
      call,
      logger: this.#settings.logger,
      run: () => this.#inTurn(submission, call),
      progress: () => submission.progress,
    });
  }

  /** Calls under one key that the caller gave take turns, so that the later one finds what the earlier one did. */
  async #inTurn<R extends Receipt>(submission: Submission<R>, call: WriteCall): Promise<R> {
    if (!call.keyIsGiven) return submission.run();
    const leave = await this.#shared.keys.turns.enter(call.idempotencyKey, call.signal).catch((error: unknown) => {
      throw earlierUnknown(error, call);
    });
    try {
      return await submission.run();
    } finally {
      leave();
    }
  }
}
