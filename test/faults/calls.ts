import { setTimeout as sleep } from 'node:timers/promises';
import { type SpydraClient, SpydraError } from 'spydra-sdk';
import { monotonicNow } from '../helpers/stepped-clock.js';
import type { Call, Settled, Word } from './audit.js';
import type { Order } from './workload.js';

/**
 * How many reconciliations without a final result make an outcome count as unresolved: on a busy machine each
 * takes longer, so the limit is not a time.
 */
const MOST_QUESTIONS = 100;
const ASK_AGAIN_MS = 50;
const ASK_AGAIN_MS_AT_MOST = 1_000;
/** Milliseconds after which a caller whose clock was set corrects its `since`. */
const CLOCK_SET_RIGHT_MS = 3_000;
/** Milliseconds for a request of the first reconciliation, and of any. After a timeout the time is doubled. */
const ASK_TIMEOUT = 400;
const ASK_TIMEOUT_AT_MOST = 10_000;
/** Timeouts in the deadline of a reconciliation: enough for all attempts of a request. */
const TIMEOUTS_IN_DEADLINE = 10;
const TOO_LONG: readonly string[] = ['TIMEOUT', 'DEADLINE_EXCEEDED'];
/** Milliseconds by which a call may outlive its deadline before the test ends it. */
const LONGEST_OVERRUN = 2_000;

/**
 * Places an order and records the outcome that the SDK reports. If it is unknown, some callers call again under their
 * key, and all reconcile until it is known.
 */
export async function place(spydra: SpydraClient, order: Order): Promise<Call> {
  let call = await placeOnce(spydra, order);
  if (call.word === 'unknown' && order.callsAgainAfter !== undefined) {
    await sleep(order.callsAgainAfter);
    const { overrun } = call;
    call = await placeOnce(spydra, order);
    call = { ...call, overrun: Math.max(call.overrun, overrun) };
  }
  return call.word === 'unknown' ? reconcile(spydra, call) : call;
}

async function placeOnce(spydra: SpydraClient, order: Order): Promise<Call> {
  const lateness = stopwatch(order.deadline);
  const said = await send(spydra, order).then(
    ({ transactionId }) => ({ word: 'done' as Word, transactionId, key: order.key, error: undefined }),
    (thrown: unknown) => {
      const error = asWord(thrown);
      return { word: error.outcome as Word, transactionId: error.transactionId, key: error.idempotencyKey, error };
    },
  );
  return { order, ...said, overrun: lateness(), endedAt: new Date(), endedAfter: monotonicNow(), settled: undefined };
}

function send(spydra: SpydraClient, { type, mark, assetId, from, to, amount, key, deadline }: Order) {
  const signal = AbortSignal.timeout(deadline + LONGEST_OVERRUN);
  const options = { deadline, signal, ...(key === undefined ? {} : { idempotencyKey: key }) };
  const metadata = { mark };
  if (type === 'mint') return spydra.tokens.mint({ assetId, recipientWallet: to, amount, metadata }, options);
  return spydra.tokens.transfer({ assetId, fromWallet: from ?? '', toWallet: to, amount, metadata }, options);
}

/** Reconciles an unknown outcome until the result is final. */
async function reconcile(spydra: SpydraClient, call: Call): Promise<Call> {
  const began = monotonicNow();
  let { overrun } = call;
  let timeout = ASK_TIMEOUT;
  let pause = ASK_AGAIN_MS;
  let isVoiding = false;
  for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
    const deadline = timeout * TIMEOUTS_IN_DEADLINE;
    const lateness = stopwatch(deadline);
    const asked = monotonicNow() - began;
    // By its current clock: what a caller knows that measures by the monotonic clock.
    const since = asked < CLOCK_SET_RIGHT_MS ? call.endedAt : new Date(Date.now() - (monotonicNow() - call.endedAfter));
    const {
      settled,
      again = 0,
      isTooLong,
      needsVoid,
    } = await ask(spydra, call, since, { timeout, deadline, isVoiding });
    isVoiding ||= needsVoid ?? false;
    overrun = Math.max(overrun, lateness());
    if (settled) return { ...call, overrun, settled };
    // An overloaded server must not get requests at the same rate.
    if (isTooLong) timeout = Math.min(2 * timeout, ASK_TIMEOUT_AT_MOST);
    await sleep(Math.min(Math.max(pause, again - Date.now()), ASK_AGAIN_MS_AT_MOST));
    pause *= 2;
  }
  return { ...call, overrun, settled: { state: 'left', why: 'no answer was final' } };
}

interface Answer {
  /** Whether the result is final. */
  readonly settled?: Settled;
  /** When it may be final, as `Date.now()` counts. */
  readonly again?: number;
  /** Where the contract keeps claims, only a void key is final. */
  readonly needsVoid?: boolean;
  /** No result in time. */
  readonly isTooLong?: boolean;
}

/** One reconciliation. */
async function ask(
  spydra: SpydraClient,
  { key, order: { assetId } }: Call,
  since: Date,
  { isVoiding, ...limits }: { readonly timeout: number; readonly deadline: number; readonly isVoiding: boolean },
): Promise<Answer> {
  if (key === undefined) return { settled: { state: 'left', why: 'the error names no key' } };
  const options = { ...limits, signal: AbortSignal.timeout(limits.deadline + LONGEST_OVERRUN) };
  const input = isVoiding ? { void: true } : { assetId, since };
  const answer = await spydra.transactions.reconcile(key, input, options).catch(asWord);
  if (answer instanceof SpydraError) {
    // Requests of a reconciliation meet faults too.
    if (answer.retryable) return { isTooLong: TOO_LONG.includes(answer.code) };
    return { settled: { state: 'left', why: answer.message } };
  }
  if (answer.state === 'pending') return {};
  if (answer.state === 'committed') {
    return { settled: { state: answer.state, transactionId: answer.transaction.transactionId } };
  }
  if (answer.final) return { settled: { state: answer.state } };
  return answer.finalAt ? { again: answer.finalAt.getTime() } : { needsVoid: true };
}

/** An error of the SDK; any other error is a bug. */
function asWord(error: unknown): SpydraError {
  if (error instanceof SpydraError) return error;
  throw error;
}

/**
 * Starts a time limit; the returned function returns by how many milliseconds it is exceeded. While the process is
 * suspended nothing in it can end on time, so the limit is measured by a timer of the same process.
 */
function stopwatch(limit: number): () => number {
  let due = monotonicNow() + limit;
  const timer = setTimeout(() => {
    due = monotonicNow();
  }, limit);
  return () => {
    clearTimeout(timer);
    return monotonicNow() - due;
  };
}
