import type { StepState } from '../../lib/step-state';
import { BackendError, write } from '../backend/call';
import { failureOf } from '../backend/failure';
import { writeUnder } from '../backend/reads';
import type { Session } from '../session/session';
import type { Step } from './steps';

/** Sends a step. However often it is sent, it takes effect once. */
export async function send(session: Session, step: Step, assetId: string): Promise<StepState> {
  try {
    const { data } = await write(session, { ...step.write(assetId), idempotencyKey: step.idempotencyKey });
    const { transactionId, assetId: changed } = data as { transactionId: string; assetId: string };
    return { state: 'committed', transactionId, assetId: changed };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { state: error.isUnknown ? 'unknown' : 'refused', failure: error.failure };
  }
}

/** Reads what the ledger shows of a step, and changes nothing. */
export async function look(session: Session, step: Step, assetId: string): Promise<StepState> {
  try {
    const { state, transaction } = await writeUnder(session, step.idempotencyKey, assetId || undefined);
    if (!transaction || (state !== 'committed' && state !== 'pending')) return { state: 'not-found' };
    const { transactionId, assetId: changed = assetId } = transaction;
    if (!step.isShownBy(transaction)) return { state: 'unknown', failure: failureOf(504) };
    return { state: state === 'committed' ? 'committed' : 'accepted', transactionId, assetId: changed };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { state: 'unknown', failure: error.failure };
  }
}
