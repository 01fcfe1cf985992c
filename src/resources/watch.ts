import type { Calls } from '../calls.js';
import { abortable } from '../core/abort.js';
import type { Call, CallOptions } from '../core/call.js';
import { withResolvers } from '../core/with-resolvers.js';
import type { TransactionType } from '../known-values.js';
import type { WatchCheckpoint } from '../ledger/ledger.js';

/** Which transactions to watch. A checkpoint is one of this filter. */
export interface WatchFilter {
  readonly assetId?: string | undefined;
  readonly walletId?: string | undefined;
  readonly types?: readonly TransactionType[] | undefined;
  /**
   * Milliseconds after its timestamp within which a commit must show in the server's lists, by this process's clock, to be
   * found for certain. Default 600,000; at most a day. Ledgers that push their events do without it.
   */
  readonly overlap?: number | undefined;
}

/** Which transactions to watch, from where, and for how long. */
export interface WatchInput extends WatchFilter, Pick<CallOptions, 'signal'> {
  /** The checkpoint after which to resume, or `'beginning'` for all there ever were. Default: from now on. */
  readonly from?: WatchCheckpoint | 'beginning' | undefined;
  /**
   * Milliseconds between two polls while nothing happens: at most so late a commit is seen. Default 2,000; at least 250.
   * Ledgers that push their events do without it.
   */
  readonly interval?: number | undefined;
  /** Milliseconds after which the watch ends with DeadlineExceededError. Default: never. */
  readonly deadline?: number | undefined;
}

/** Runs an iteration as one call of the client, which ends with the iteration, its signal or `close()`. */
export async function* inOneCall<T>(
  calls: Calls,
  options: CallOptions,
  iterate: (call: Call) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const begun = withResolvers<Call>();
  const over = withResolvers<void>();
  const running = calls.readUncached(options, (call) => {
    begun.resolve(call);
    return abortable(over.promise, call.signal);
  });
  running.catch(begun.reject);
  try {
    yield* iterate(await begun.promise);
  } finally {
    over.resolve();
    await running.catch(() => {});
  }
}
