import { type StepState, unknownAfter } from '../../lib/step-state';
import { BackendError, write } from '../backend/call';
import { failureOf } from '../backend/failure';
import { writeUnder } from '../backend/reads';
import type { Session } from '../session/session';
import type { Step } from './steps';

/**
 * Sends a step. However often it is sent, it takes effect once.
 *
 * @param wasSent - whether it may have been sent before: then only the ledger's own refusal (409) says that nothing was
 *   applied, and a conflict says that the key was used, by the earlier request
 */
export async function send(session: Session, step: Step, assetId: string, wasSent: boolean): Promise<StepState> {
  try {
    const { data } = await write(session, { ...step.write(assetId), idempotencyKey: step.idempotencyKey });
    const { transactionId, assetId: changed } = data as { transactionId: string; assetId: string };
    return { state: 'committed', transactionId, assetId: changed };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const { status, code } = error.failure;
    const isOfLedger = status === 409 && code !== 'IDEMPOTENCY_CONFLICT';
    const isCertain = !error.isUnknown && (!wasSent || isOfLedger);
    return isCertain ? { state: 'refused', failure: error.failure } : unknownAfter(error.failure);
  }
}

/** Sends a step that somebody may have sent before: if it is refused now, the ledger says what became of that. */
export async function sendAgain(session: Session, step: Step, assetId: string): Promise<StepState> {
  const result = await send(session, step, assetId, false);
  if (result.state !== 'refused' || result.failure.status === 409) return result;
  const seen = await look(session, step, assetId);
  if (seen.state === 'committed') return seen;
  return seen.state === 'not-found' ? result : unknownAfter(result.failure);
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
