import { setTimeout as sleep } from 'node:timers/promises';
import { type SpydraClient, SpydraError } from 'spydra-sdk';
import type { Call, Settled, Word } from './audit.js';
import type { Order } from './workload.js';

/** For how long an unknown outcome is asked after before it counts as left unknown. */
const RECONCILED_WITHIN_MS = 30_000;
const ASK_AGAIN_MS = 50;
/** Milliseconds for one question. */
const RECONCILE_DEADLINE = 4_000;

/** Places an order, takes the SDK's word for it, and asks on where that is "unknown". */
export async function place(spydra: SpydraClient, order: Order): Promise<Call> {
  const lateness = stopwatch(order.deadline);
  const said = await send(spydra, order).then(
    ({ transactionId }) => ({ word: 'done' as Word, transactionId, key: order.key, error: undefined }),
    (thrown: unknown) => {
      const error = asWord(thrown);
      return { word: error.outcome as Word, transactionId: error.transactionId, key: error.idempotencyKey, error };
    },
  );
  const call = { order, ...said, overrun: lateness(), endedAt: new Date(), settled: undefined };
  return call.word === 'unknown' ? reconcile(spydra, call) : call;
}

function send(spydra: SpydraClient, { type, mark, assetId, from, to, amount, key, deadline }: Order) {
  const options = { deadline, ...(key === undefined ? {} : { idempotencyKey: key }) };
  const metadata = { mark };
  if (type === 'mint') return spydra.tokens.mint({ assetId, recipientWallet: to, amount, metadata }, options);
  return spydra.tokens.transfer({ assetId, fromWallet: from ?? '', toWallet: to, amount, metadata }, options);
}

/** Asks after an unknown outcome until there is an answer that stays. */
async function reconcile(spydra: SpydraClient, call: Call): Promise<Call> {
  const giveUp = Date.now() + RECONCILED_WITHIN_MS;
  let { overrun } = call;
  for (;;) {
    const lateness = stopwatch(RECONCILE_DEADLINE);
    const { settled, again } = await ask(spydra, call);
    overrun = Math.max(overrun, lateness());
    if (settled) return { ...call, overrun, settled };
    if (Date.now() > giveUp) return { ...call, overrun, settled: { state: 'left', why: 'no answer was final' } };
    await sleep(Math.max(ASK_AGAIN_MS, again - Date.now()));
  }
}

/** One question: the answer if it stays, or when to ask again. */
async function ask(
  spydra: SpydraClient,
  { key, endedAt, order: { assetId } }: Call,
): Promise<{ settled?: Settled; again: number }> {
  if (key === undefined) return { settled: { state: 'left', why: 'the error names no key' }, again: 0 };
  const options = { deadline: RECONCILE_DEADLINE };
  const answer = await spydra.transactions.reconcile(key, { assetId, since: endedAt }, options).catch(asWord);
  if (answer instanceof SpydraError) {
    // The network fails for questions too.
    return answer.retryable ? { again: 0 } : { settled: { state: 'left', why: answer.message }, again: 0 };
  }
  if (answer.state === 'pending') return { again: 0 };
  if (answer.state === 'committed') {
    return { settled: { state: answer.state, transactionId: answer.transaction.transactionId }, again: 0 };
  }
  return { ...(answer.final ? { settled: { state: answer.state } } : {}), again: answer.finalAt.getTime() };
}

/** An error of the SDK; any other is no word of it, but a bug. */
function asWord(error: unknown): SpydraError {
  if (error instanceof SpydraError) return error;
  throw error;
}

/**
 * Begins a time limit; what it returns tells by how many milliseconds that is over. While the whole process stands
 * still nothing in it can end on time, so what counts is the limit by a timer of this very process.
 */
function stopwatch(limit: number): () => number {
  let due = performance.now() + limit;
  const timer = setTimeout(() => {
    due = performance.now();
  }, limit);
  return () => {
    clearTimeout(timer);
    return performance.now() - due;
  };
}
