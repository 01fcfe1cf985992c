import type { WriteCall } from '../core/call.js';
import { OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import type { Ledger } from '../ledger/ledger.js';
import { mapOperations, type Receipt } from '../ledger/operations.js';
import type { Settings } from '../options.js';
import { type WriteEvent, writeEvents } from '../telemetry/events.js';

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
export async function reported<R extends object>(
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
