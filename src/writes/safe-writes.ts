import type { WriteCall } from '../core/call.js';
import { OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import type { Ledger } from '../ledger/ledger.js';
import { mapOperations, type Operation, type Receipt } from '../ledger/operations.js';
import type { Settings } from '../options.js';
import { type WriteEvent, writeEvents } from '../telemetry/events.js';
import { addDocument } from './documents.js';
import { earlierUnknown } from './errors.js';
import { SharedWrites } from './shared-writes.js';
import { Submission } from './submit.js';
import { fingerprintOf } from './write-identity.js';

/**
 * Makes the writes of a ledger take effect exactly once: each is sent once, waits for its commit, is submitted again
 * only after it has failed for certain, and ends in OutcomeUnknownError where that cannot be known.
 */
export function safeWrites(ledger: Ledger, settings: Settings, shared = new SharedWrites()): Ledger {
  const { appId, logger, uncertaintyWindow } = settings;

  const once =
    <Order, R extends Receipt>(operation: Operation<Order, R>) =>
    async (order: Order, call: WriteCall): Promise<R> => {
      const { types, context } = operation;
      const fingerprint = await fingerprintOf({ appId, types, order: { ...order, ...context?.(settings) } });
      const submission = new Submission(operation, order, { ...call, fingerprint }, ledger, settings, shared);
      const run = () => underKey(call, () => submission.run());
      return reported({ type: types[0], call, logger, run, progress: () => submission.progress });
    };

  /** Calls under one key that the caller gave run one at a time: the later one finds what the earlier one did. */
  const underKey = async <R>(call: WriteCall, work: () => Promise<R>): Promise<R> => {
    const { keys } = shared;
    const run = () => keys.during(call.idempotencyKey, work);
    if (!call.keyIsGiven) return run();
    const release = await keys.locks.acquire(call.idempotencyKey, call.signal).catch((error: unknown) => {
      throw earlierUnknown(error, call);
    });
    try {
      return await run();
    } finally {
      release();
    }
  };

  return {
    ...ledger,
    ...mapOperations(once),
    addMetadata: (assetId, metadata, call) =>
      reported({
        type: 'metadata',
        call,
        logger,
        run: () => addDocument(ledger, assetId, metadata, uncertaintyWindow, call),
        progress: () => ({ submissions: 1, commitMs: undefined }),
      }),
  };
}

/** A write whose end is reported. */
interface Reported<R> extends Pick<Settings, 'logger'> {
  readonly type: WriteEvent['type'];
  readonly call: WriteCall;
  run(): Promise<R>;
  /** How far it has come by its own call. */
  progress(): Pick<WriteEvent, 'submissions' | 'commitMs'>;
}

/** Runs a write, publishes its end on the channel `spydra-sdk:write`, and logs failures that an operator must see. */
async function reported<R extends object>({ type, call, logger, run, progress }: Reported<R>): Promise<R> {
  const started = performance.now();
  const { idempotencyKey } = call;
  const publish = (end: Pick<WriteEvent, 'outcome' | 'code' | 'transactionId'>) => {
    if (!writeEvents.hasSubscribers) return;
    writeEvents.publish({ type, ...end, ms: performance.now() - started, ...progress(), idempotencyKey });
  };
  try {
    const receipt = await run();
    const { status, transactionId }: Partial<Receipt> = receipt;
    publish({ outcome: status === 'committed' ? 'committed' : 'accepted', code: undefined, transactionId });
    return receipt;
  } catch (error) {
    const { code, outcome = 'unknown', transactionId } = error instanceof SpydraError ? error : {};
    publish({ outcome, code, transactionId });
    const fields = { type, code, transactionId, idempotencyKey, requestId: givenRequestId(call) };
    if (error instanceof OutcomeUnknownError) logger.error(fields, 'spydra: outcome unknown');
    if (error instanceof TransactionFailedError) logger.error(fields, 'spydra: transaction failed');
    throw error;
  }
}
