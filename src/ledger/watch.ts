import { type AbortSignalLike, abortable, sleep } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { ignoreFailure } from '../core/ignore-failure.js';
import { RateLimitError, ServerError, SpydraError } from '../errors.js';
import type { Settings } from '../options.js';
import type {
  Ledger,
  LedgerEvent,
  TransactionQuery,
  TransactionRecord,
  WatchCheckpoint,
  WatchedTransaction,
} from './ledger.js';
import type { PollQuery, TransactionPoller } from './transaction-poller.js';

/** Milliseconds to wait before the ledger is read again after a failure: at first, and at most. */
const FIRST_PAUSE = 250;
const MAX_PAUSE = 30_000;

/**
 * Committed transactions, each at least once, until the call ends. After an error that is `retryable` it resumes from
 * the last checkpoint. Invalidates what each transaction has changed in caches before it yields it.
 *
 * @throws any other error; the error that the call ends with
 */
export async function* watch(
  ledger: Ledger,
  poller: TransactionPoller,
  query: PollQuery,
  from: WatchCheckpoint | 'beginning' | undefined,
  call: Call,
  logger?: Settings['logger'],
): AsyncGenerator<WatchedTransaction, void, undefined> {
  /** As the ledger gave it: the checkpoint is made when it is needed. */
  let last: { readonly checkpoint: WatchCheckpoint | 'beginning' | undefined } = { checkpoint: from };
  let pause = FIRST_PAUSE;
  for (;;) {
    const began = performance.now();
    try {
      for await (const event of eventsAfter(last.checkpoint, ledger, poller, query, call)) {
        call.signal.throwIfAborted();
        pause = FIRST_PAUSE;
        const { record } = event;
        if (record && isMatch(record, query)) {
          await ledger.invalidate?.(record);
          yield event as WatchedTransaction;
        }
        last = event;
      }
      // A ledger that ends its events is listened to again.
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      if (!(error instanceof SpydraError && error.retryable)) throw error;
      if (performance.now() - began > MAX_PAUSE) pause = FIRST_PAUSE;
      pause = Math.max(pause, error instanceof RateLimitError ? (error.retryAfter ?? 0) : 0);
      logger?.warn({ code: error.code, pause }, 'spydra: watch interrupted');
    }
    await sleep(pause, call.signal);
    pause = Math.min(pause * 2, MAX_PAUSE);
  }
}

/**
 * The checkpoint of now: what is committed after this call comes after it.
 *
 * @throws what a request throws
 */
export async function checkpointOfNow(
  ledger: Ledger,
  poller: TransactionPoller,
  query: PollQuery,
  call: Call,
): Promise<WatchCheckpoint> {
  for await (const { checkpoint } of eventsAfter(undefined, ledger, poller, query, call)) return checkpoint;
  throw new ServerError('The ledger has ended its events before the first one.', { retryable: true });
}

/** The events that the ledger pushes, or those of the poller. */
function eventsAfter(
  checkpoint: WatchCheckpoint | 'beginning' | undefined,
  ledger: Ledger,
  poller: TransactionPoller,
  query: PollQuery,
  call: Call,
): AsyncGenerator<LedgerEvent, void, undefined> {
  const events = ledger.listen ? ledger.listen(checkpoint, call) : poller.listen(query, checkpoint, call);
  return untilAborted(events, call.signal);
}

/** The items of an iteration, which may not heed the signal. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignalLike): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await abortable(iterator.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited after the end: an iterator returns no sooner than its next item comes.
    if (signal.aborted) ignoreFailure(() => iterator.return?.());
    else await iterator.return?.();
  }
}

/** Whether a record is what was asked for, as far as it states that: a server may ignore a filter. */
function isMatch(record: TransactionRecord, { assetId, walletId, types }: TransactionQuery): boolean {
  if (types !== undefined && !types.includes(record.type)) return false;
  if (assetId !== undefined && (record.assetId ?? assetId) !== assetId) return false;
  const { recipientWallet, holderWallet, fromWallet, toWallet, actor } = record;
  const wallets = [recipientWallet, holderWallet, fromWallet, toWallet, actor].filter((wallet) => wallet !== undefined);
  return walletId === undefined || wallets.length === 0 || wallets.includes(walletId);
}
