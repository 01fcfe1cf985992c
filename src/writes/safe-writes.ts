import type { WriteCall } from '../core/call.js';
import { OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import { STANDARD } from '../http/retries.js';
import type { Ledger, TransactionRecord } from '../ledger/ledger.js';
import { mapOperations, type Operation, type Receipt } from '../ledger/operations.js';
import type { Settings } from '../options.js';
import { type WriteEvent, writeEvents } from '../telemetry/events.js';
import { addDocument } from './documents.js';
import { resultUnread } from './errors.js';
import { KeyUse, type SharedWrites } from './shared-writes.js';
import { Submission } from './submit.js';
import { fingerprintOf } from './write-identity.js';
import type { Committed, Write } from './write-state.js';

/**
 * Makes the writes of a ledger take effect exactly once: each is sent once, waits for its commit, is submitted again
 * only after it has failed for certain, and ends in OutcomeUnknownError where that cannot be known.
 */
export function safeWrites(ledger: Ledger, settings: Settings, shared: SharedWrites): Ledger {
  const { appId, logger, uncertaintyWindow } = settings;

  const once =
    <Order, R extends Receipt>(operation: Operation<Order, R>) =>
    async (order: Order, call: WriteCall): Promise<R> => {
      const { types, context } = operation;
      const fingerprint = await fingerprintOf({ appId, types, order: { ...order, ...context?.(settings) } });
      const key = new KeyUse(shared, call.idempotencyKey, uncertaintyWindow);
      const one = { operation, order, call: { ...call, fingerprint }, key };
      const submission = new Submission(one, ledger, settings, shared);
      const work = async () => {
        const end = await submission.run();
        return end.is === 'accepted' ? end.receipt : resultOf(one, end);
      };
      const reporting = { type: types[0], call, logger, progress: submission.progress };
      return reported(reporting, () => key.during(call, work));
    };

  /** The receipt of a committed write, or what the ledger shows of its result. */
  const resultOf = async <Order, R extends Receipt>(
    { operation, order, call, key }: Write<Order, R>,
    { record, receipt }: Committed<R>,
  ): Promise<R> => {
    const { transactionId, type } = record;
    const { idempotencyKey } = call;
    logger?.info({ type, transactionId, idempotencyKey, requestId: givenRequestId(call) }, 'spydra: committed');
    if (receipt && isAbout(receipt, record)) return { ...receipt, status: 'committed' };
    try {
      const result = await operation.readResult(ledger, order, record, { ...call, retries: STANDARD });
      return { ...result, transactionId, status: 'committed' } as R;
    } catch (error) {
      // The caller calls again under this key, also where the SDK has generated it.
      key.hold(transactionId);
      throw resultUnread(transactionId, error, call);
    }
  };

  return {
    ...ledger,
    ...mapOperations(once),
    addMetadata: (assetId, metadata, call) =>
      reported({ type: 'metadata', call, logger }, () =>
        addDocument(ledger, assetId, metadata, uncertaintyWindow, call),
      ),
  };
}

/** Whether a response is about the asset that its transaction has changed. */
function isAbout(receipt: Receipt & { readonly assetId?: unknown }, { assetId }: TransactionRecord): boolean {
  return receipt.assetId === undefined || assetId === undefined || receipt.assetId === assetId;
}

/** A ledger whose own writes take effect once: how each of them ends is published and logged. */
export function reportedWrites(ledger: Ledger, { logger }: Pick<Settings, 'logger'>): Ledger {
  return {
    ...ledger,
    ...mapOperations(
      ({ types: [type], send }) =>
        (order, call) =>
          reported({ type, call, logger }, () => send(ledger, order, call)),
    ),
    addMetadata: (assetId, metadata, call) =>
      reported({ type: 'metadata', call, logger }, () => ledger.addMetadata(assetId, metadata, call)),
  };
}

/** What is reported of a write, beside its end. */
interface Reporting extends Pick<Settings, 'logger'>, Pick<WriteEvent, 'type'> {
  readonly call: WriteCall;
  /** How far it has come by its own call, where that is known: read at the end. */
  readonly progress?: Pick<WriteEvent, 'submissions' | 'commitMs'>;
}

const UNKNOWN_PROGRESS = { submissions: 1, commitMs: undefined };

/** Runs a write, publishes its end on the channel `spydra-sdk:write`, and logs failures that an operator must see. */
async function reported<R extends object>(
  { type, call, logger, progress = UNKNOWN_PROGRESS }: Reporting,
  run: () => Promise<R>,
): Promise<R> {
  const started = performance.now();
  const { idempotencyKey } = call;
  const publish = (end: Pick<WriteEvent, 'outcome' | 'code' | 'transactionId'>) => {
    if (!writeEvents.hasSubscribers) return;
    writeEvents.publish({ type, ...end, ms: performance.now() - started, ...progress, idempotencyKey });
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
    if (error instanceof OutcomeUnknownError) logger?.error(fields, 'spydra: outcome unknown');
    if (error instanceof TransactionFailedError) logger?.error(fields, 'spydra: transaction failed');
    throw error;
  }
}
