import * as z from 'zod';
import type { CallOptions, Calls, ReadOptions } from '../call.js';
import { DeadlineExceededError } from '../errors.js';
import { findByKey } from '../ledger/earlier-write.js';
import { commitState, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import { commitUnknown, transactionFailed } from '../ledger/write-errors.js';
import type { Settings } from '../options.js';
import type { PageInput, PageList } from '../pages.js';
import { validate } from '../validate.js';
import * as field from './fields.js';
import { transactionPages } from './lists.js';

/** Which transactions to list. */
export interface ListTransactionsInput extends PageInput {
  readonly assetId?: string | undefined;
  readonly walletId?: string | undefined;
  /** One type or several: `'mint'`, `['mint', 'burn']`. */
  readonly type?: string | readonly string[] | undefined;
  /** The key under which a write was sent. A server may not know this filter: check `metadata.idempotencyKey`. */
  readonly idempotencyKey?: string | undefined;
  /** By timestamp. Default `'desc'`: newest first. */
  readonly sortOrder?: 'asc' | 'desc' | undefined;
}

/** Which write to look for. */
export interface ReconcileInput {
  /** The write's asset. On a server that does not filter by key, it keeps the search to the asset's transactions. */
  readonly assetId?: string | undefined;
  /** When the outcome became unknown. Default: now. */
  readonly since?: Date | undefined;
}

/** What became of a write. */
export type Reconciliation =
  /** It is on the ledger. */
  | { readonly state: 'committed'; readonly transaction: TransactionRecord }
  /** It was accepted: ask again. */
  | { readonly state: 'pending'; readonly transaction: TransactionRecord }
  /** The last transaction under the key failed and changed nothing. */
  | ({ readonly state: 'failed'; readonly transaction: TransactionRecord } & Finality)
  /** No transaction carries the key. */
  | ({ readonly state: 'not-found' } & Finality);

/** Whether a write may still reach the ledger: one that was not answered may be on its way. */
export interface Finality {
  /** Whether none can come any more: the write was not applied. */
  readonly final: boolean;
  /** From then on the answer is final. */
  readonly finalAt: Date;
}

const reconcileInput = z.strictObject({
  idempotencyKey: field.text,
  assetId: field.id.optional(),
  since: z.date('must be a Date').optional(),
});

/** What the SDK writes, and so may find under a key. */
const WRITES = ['create', 'update', 'publish', 'mint', 'burn', 'transfer'];

const listInput = field.page.extend({
  assetId: field.id.optional(),
  walletId: field.id.optional(),
  type: z
    .union([field.text, z.array(field.text).min(1, 'must name a type')], 'must be a type or a list of types')
    .optional(),
  idempotencyKey: field.text.optional(),
  sortOrder: z.enum(['asc', 'desc'], "must be 'asc' or 'desc'").optional(),
});

/** Transactions of the network: `spydra.transactions`. */
export class Transactions {
  readonly #ledger: Ledger;
  readonly #calls: Calls;
  readonly #settings: Pick<Settings, 'settleWindow'>;

  constructor(ledger: Ledger, calls: Calls, settings: Pick<Settings, 'settleWindow'>) {
    this.#ledger = ledger;
    this.#calls = calls;
    this.#settings = settings;
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
    validate(field.id, transactionId, 'transactionId');
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
    const { type, assetId, walletId, idempotencyKey, sortOrder, ...page } = validate(listInput, input);
    const types = type === undefined ? undefined : [type].flat();
    return transactionPages(
      this.#ledger,
      this.#calls,
      { assetId, walletId, idempotencyKey, sortOrder, types },
      page,
      options,
    );
  }

  /**
   * Waits until a transaction is committed, and answers its record.
   *
   * @throws TransactionFailedError if it failed and changed nothing; OutcomeUnknownError if the deadline comes first;
   * AbortedError if the signal ends the wait; NotFoundError if there is no such transaction.
   * @example
   * ```ts
   * const { transactionId } = await spydra.tokens.mint(input, { confirm: false });
   * await spydra.transactions.wait(transactionId, { deadline: 60_000 });
   * ```
   */
  async wait(transactionId: string, options?: CallOptions): Promise<TransactionRecord> {
    validate(field.id, transactionId, 'transactionId');
    return this.#calls.ask(options, async (call) => {
      const record = await this.#ledger.waitForTransaction(transactionId, call).catch((error: unknown) => {
        throw error instanceof DeadlineExceededError ? commitUnknown(transactionId, error) : error;
      });
      if (commitState(record) === 'failed') throw transactionFailed(record, { isWaitedFor: true });
      return record;
    });
  }

  /**
   * Looks for the write that was sent under a key, after an OutcomeUnknownError. That it is not found, or has failed, is
   * final once the client's `settleWindow` has passed since the outcome became unknown. Documents (`assets.addMetadata`) leave no
   * transaction, and are not found.
   *
   * @throws InvalidInputError, InvalidResponseError if the server's records cannot tell.
   * @example
   * ```ts
   * const found = await spydra.transactions.reconcile('order-4711', { assetId, since: whenItBecameUnknown });
   * if ('final' in found && found.final) console.log('it was not applied');
   * ```
   */
  async reconcile(idempotencyKey: string, input: ReconcileInput = {}, options?: CallOptions): Promise<Reconciliation> {
    const { assetId, since } = validate(reconcileInput, { ...input, idempotencyKey });
    return this.#calls.ask(options, async (call) => {
      // Before the search: what arrives during it may be missed by it.
      const asked = Date.now();
      const [transaction] = await findByKey(this.#ledger, idempotencyKey, { types: WRITES, assetId }, call);
      const finalAt = (since?.getTime() ?? asked) + this.#settings.settleWindow;
      const finality = { final: asked >= finalAt, finalAt: new Date(finalAt) };
      if (!transaction) return { state: 'not-found', ...finality };
      const state = commitState(transaction);
      if (state === 'committed') await this.#ledger.forget?.(transaction);
      // What failed may have been submitted again.
      return state === 'failed' ? { state, transaction, ...finality } : { state, transaction };
    });
  }
}
