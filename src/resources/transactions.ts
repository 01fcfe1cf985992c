import type { Calls } from '../calls.js';
import { abortable } from '../core/abort.js';
import type { Call, CallOptions, ReadOptions } from '../core/call.js';
import { ensureId } from '../core/ids.js';
import type { PageInput, PageList } from '../core/pages.js';
import { validate, validateWith } from '../core/validate.js';
import { withResolvers } from '../core/with-resolvers.js';
import { DeadlineExceededError, InvalidInputError, NotFoundError } from '../errors.js';
import type { TransactionType } from '../known-values.js';
import {
  commitState,
  type Ledger,
  type TransactionRecord,
  type WatchCheckpoint,
  type WatchedTransaction,
} from '../ledger/ledger.js';
import { TransactionPoller } from '../ledger/transaction-poller.js';
import { checkpointOfNow, watch } from '../ledger/watch.js';
import type { Settings } from '../options.js';
import { commitNotSeen, transactionFailed, transactionNotFound } from '../writes/errors.js';
import { type Reconciliation, reconcile, reconcileByClaim } from '../writes/reconcile.js';
import type { SharedWrites } from '../writes/shared-writes.js';
import * as schema from './input-schemas.js';
import { transactionList } from './reads.js';

/** Milliseconds. */
const OVERLAP = 600_000;
const INTERVAL = 2_000;

/** Which transactions to list. */
export interface ListTransactionsInput extends PageInput {
  readonly assetId?: string | undefined;
  readonly walletId?: string | undefined;
  /** One type or several: `'mint'`, `['mint', 'burn']`. */
  readonly type?: TransactionType | readonly TransactionType[] | undefined;
  /** The key under which a write was sent. A server may ignore this filter: check `metadata.idempotencyKey`. */
  readonly idempotencyKey?: string | undefined;
  /** By timestamp. Default `'desc'`: newest first. */
  readonly sortOrder?: 'asc' | 'desc' | undefined;
}

/** Which write to find. */
export interface ReconcileInput {
  /** The write's asset. On a server that does not filter by key, it keeps the search to the asset's transactions. */
  readonly assetId?: string | undefined;
  /** When the outcome became unknown, by a clock that agrees with this process's. Default: now. */
  readonly since?: Date | undefined;
  /**
   * Makes the result final, where nothing was applied: voids the key on the ledger, so that nothing ever is. Only for
   * ledgers with claims, such as `fabricLedger`; it is a write, for those who have the right. Default `false`.
   */
  readonly void?: boolean | undefined;
}

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

/** Transactions of the network: `spydra.transactions`. */
export class Transactions {
  readonly #ledger: Ledger;
  readonly #calls: Calls;
  readonly #writes: SharedWrites;
  readonly #settings: Pick<Settings, 'logger' | 'uncertaintyWindow'>;
  readonly #poller: TransactionPoller;

  /** @internal Made by the client. */
  constructor(
    ledger: Ledger,
    calls: Calls,
    writes: SharedWrites,
    settings: Pick<Settings, 'logger' | 'uncertaintyWindow'>,
  ) {
    this.#ledger = ledger;
    this.#calls = calls;
    this.#writes = writes;
    this.#settings = settings;
    this.#poller = new TransactionPoller(ledger);
  }

  /**
   * Reads one transaction.
   *
   * @throws InvalidInputError, NotFoundError
   * @example
   * ```ts
   * const { status } = await spydra.transactions.get(transactionId);
   * ```
   */
  async get(transactionId: string, options?: ReadOptions): Promise<TransactionRecord> {
    ensureId(transactionId, 'transactionId');
    return this.#calls.read(options, (call) => this.#ledger.getTransaction(transactionId, call));
  }

  /**
   * Lists transactions, newest first.
   *
   * @throws InvalidInputError, PaginationError
   * @example
   * ```ts
   * for await (const mint of spydra.transactions.list({ assetId, type: 'mint' })) console.log(mint.amount);
   * ```
   */
  list(input: ListTransactionsInput = {}, options?: ReadOptions): PageList<TransactionRecord> {
    const { type, assetId, walletId, idempotencyKey, sortOrder, ...page } = validate(schema.listTransactions, input);
    const types = type === undefined ? undefined : [type].flat();
    return transactionList(
      this.#ledger,
      this.#calls,
      { assetId, walletId, idempotencyKey, sortOrder, types },
      page,
      options,
    );
  }

  /**
   * Waits until a transaction is committed, and returns its record.
   *
   * @throws TransactionFailedError if it failed and changed nothing; OutcomeUnknownError if the deadline comes first;
   * AbortedError if the signal ends the wait; NotFoundError if the ledger does not show it, which does not say that it
   * will not: its `outcome` is `'unknown'`.
   * @example
   * ```ts
   * const { transactionId } = await spydra.tokens.mint(input, { confirm: false });
   * await spydra.transactions.wait(transactionId, { deadline: 60_000 });
   * ```
   */
  async wait(transactionId: string, options?: CallOptions): Promise<TransactionRecord> {
    ensureId(transactionId, 'transactionId');
    return this.#calls.readUncached(options, async (call) => {
      const record = await this.#ledger.waitForTransaction(transactionId, call).catch((error: unknown) => {
        if (error instanceof NotFoundError) throw transactionNotFound(transactionId, error);
        throw error instanceof DeadlineExceededError ? commitNotSeen(transactionId, error) : error;
      });
      const state = commitState(record);
      if (state === 'failed') throw transactionFailed(record);
      if (state === 'pending')
        throw commitNotSeen(transactionId, new Error('The ledger returned it before its commit.'));
      return record;
    });
  }

  /**
   * Watches for committed transactions: each at least once, with a checkpoint after which a later watch resumes. A
   * failing server does not end it; `break`, `signal`, `deadline` and `close()` do. It begins at the first iteration, and
   * polls while it is iterated. What each transaction has changed is invalidated in the cache. Its limits: docs/events.md.
   *
   * @throws InvalidInputError; AuthenticationError and other errors that are not `retryable`; AbortedError,
   * DeadlineExceededError or ClientClosedError at its end; InvalidResponseError if the server's list is not in order.
   * @example
   * ```ts
   * for await (const { record, checkpoint } of spydra.transactions.watch({ assetId, types: ['transfer'] })) {
   *   console.log(record.transactionId, record.amount, JSON.stringify(checkpoint));
   * }
   * ```
   */
  watch(input: WatchInput = {}): AsyncGenerator<WatchedTransaction, void, undefined> {
    const {
      from,
      signal,
      deadline = Number.POSITIVE_INFINITY,
      overlap = OVERLAP,
      interval = INTERVAL,
      ...filter
    } = validate(schema.watch, input);
    return inOneCall(this.#calls, { signal, deadline }, (call) =>
      watch(this.#ledger, this.#poller, { ...filter, overlap, interval }, from, call, this.#settings.logger),
    );
  }

  /**
   * The checkpoint of now: a watch from it has all that is committed after this call. Take it first and read what the
   * ledger holds then, and nothing is missed in between.
   *
   * @throws InvalidInputError
   * @example
   * ```ts
   * const from = await spydra.transactions.checkpoint();
   * const { balances } = await spydra.wallets.balance('alice');
   * for await (const { record } of spydra.transactions.watch({ from })) console.log(balances, record);
   * ```
   */
  async checkpoint(filter: WatchFilter = {}, options?: CallOptions): Promise<WatchCheckpoint> {
    const { overlap = OVERLAP, ...query } = validate(schema.watchFilter, filter);
    return this.#calls.readUncached(options, (call) =>
      checkpointOfNow(this.#ledger, this.#poller, { ...query, overlap, interval: INTERVAL }, call),
    );
  }

  /**
   * Finds the write that was sent under a key, after an OutcomeUnknownError. That it is not found, or has failed, is
   * final once the client's `uncertaintyWindow` has passed since the outcome became unknown. The default of `since` is
   * now; the result holds the `since` to give the next time. Documents (`assets.addMetadata`) are not found.
   *
   * A ledger with claims knows at once: one read, without `since` and for documents too. That nothing is found is final
   * only if the key was voided, here or before.
   *
   * @throws InvalidInputError, InvalidResponseError if the server's records do not show which write they are of.
   * @example
   * ```ts
   * const found = await spydra.transactions.reconcile('order-4711', { assetId, since: whenItBecameUnknown });
   * if ('final' in found && found.final) console.log('it was not applied');
   * ```
   */
  async reconcile(idempotencyKey: string, input: ReconcileInput = {}, options?: CallOptions): Promise<Reconciliation> {
    const { assetId, since, void: mustBeFinal } = validateWith(schema.reconcile, input, { idempotencyKey });
    if (mustBeFinal) return this.#void(idempotencyKey, options);
    const { getClaim } = this.#ledger;
    if (getClaim) {
      return this.#calls.readUncached(options, async (call) =>
        reconcileByClaim(this.#ledger, await getClaim(idempotencyKey, call), call),
      );
    }
    const sought = { idempotencyKey, assetId, since };
    return this.#calls.readUncached(options, (call) =>
      reconcile(this.#ledger, this.#writes, this.#settings.uncertaintyWindow, sought, call),
    );
  }

  async #void(idempotencyKey: string, options: CallOptions | undefined): Promise<Reconciliation> {
    const { voidKey } = this.#ledger;
    if (!voidKey) {
      throw new InvalidInputError([{ field: 'void', message: 'needs a ledger with claims, such as fabricLedger' }]);
    }
    return this.#calls.write({ ...options, idempotencyKey }, async (call) =>
      reconcileByClaim(this.#ledger, await voidKey(call), call),
    );
  }
}

/** Runs an iteration as one call of the client, which ends with the iteration, its signal or `close()`. */
async function* inOneCall<T>(
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
