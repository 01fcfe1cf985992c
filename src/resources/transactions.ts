import * as z from 'zod';
import type { CallOptions, Calls } from '../call.js';
import { DeadlineExceededError } from '../errors.js';
import { commitUnknown, finalRecord, transactionFailed } from '../ledger/commit.js';
import { commitState, type Ledger, type TransactionQuery, type TransactionRecord } from '../ledger/ledger.js';
import { type PageInput, PageList } from '../pages.js';
import { validate } from '../validate.js';
import * as field from './fields.js';

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

  constructor(ledger: Ledger, calls: Calls) {
    this.#ledger = ledger;
    this.#calls = calls;
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
  async get(transactionId: string, options?: CallOptions): Promise<TransactionRecord> {
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
  list(input: ListTransactionsInput = {}, options?: CallOptions): PageList<TransactionRecord> {
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
    return this.#calls.read(options, async (call) => {
      const record = await finalRecord(this.#ledger, transactionId, call).catch((error: unknown) => {
        throw error instanceof DeadlineExceededError ? commitUnknown(transactionId, error) : error;
      });
      if (commitState(record) === 'failed') throw transactionFailed(record);
      return record;
    });
  }
}

/** Pages of transactions, each read by a call of its own. */
export function transactionPages(
  ledger: Pick<Ledger, 'listTransactions'>,
  calls: Calls,
  query: TransactionQuery,
  page: PageInput,
  options: CallOptions | undefined,
): PageList<TransactionRecord> {
  return new PageList(
    (range) => calls.read(options, (call) => ledger.listTransactions(query, range, call)),
    (record) => record.transactionId,
    page,
  );
}
