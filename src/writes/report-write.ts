import type { WriteCall } from '../core/call.js';
import { OutcomeUnknownError, SpydraError, TransactionFailedError } from '../errors.js';
import { givenRequestId } from '../http/request.js';
import type { Receipt } from '../ledger/ledger.js';
import { type WriteEvent, writeEvents } from '../telemetry/events.js';
import type { Logger } from '../telemetry/logger.js';

/** How far a write has come by its own call. */
export type Progress = Pick<WriteEvent, 'submissions' | 'commitMs'>;

/** A write whose end is reported. */
interface Reported<R> {
  readonly type: WriteEvent['type'];
  readonly call: WriteCall;
  readonly logger: Logger;
  run(): Promise<R>;
  progress(): Progress;
}

/** Runs a write, publishes its end on the channel `spydra-sdk:write`, and logs failures that an operator must see. */
export async function reportWrite<R extends object>({ type, call, logger, run, progress }: Reported<R>): Promise<R> {
  const started = performance.now();
  const publish = (end: Pick<WriteEvent, 'outcome' | 'code' | 'transactionId'>) => {
    if (!writeEvents.hasSubscribers) return;
    const { idempotencyKey } = call;
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
    const fields = { type, code, transactionId, idempotencyKey: call.idempotencyKey, requestId: givenRequestId(call) };
    if (error instanceof OutcomeUnknownError) logger.error(fields, 'spydra: outcome unknown');
    if (error instanceof TransactionFailedError) logger.error(fields, 'spydra: transaction failed');
    throw error;
  }
}
