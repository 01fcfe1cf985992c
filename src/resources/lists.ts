import type { Call, Calls, ReadOptions } from '../call.js';
import type { Ledger, Range, Slice, TransactionQuery, TransactionRecord } from '../ledger/ledger.js';
import { type PageInput, PageList } from '../pages.js';

/**
 * A list, each page of which is read by a call of its own. Only a page that is awaited may come from the cache: pages
 * of several ages, iterated, would not add up to a list. Who wants nothing else gets them.
 */
export function listOf<T>(
  calls: Calls,
  read: (range: Range, call: Call) => Promise<Slice<T>>,
  id: (item: T) => string,
  page: PageInput,
  options: ReadOptions | undefined,
): PageList<T> {
  const isCachedOnly = options?.cache === 'only-if-cached';
  const iterating: ReadOptions = { ...options, cache: isCachedOnly ? 'only-if-cached' : 'no-store' };
  return new PageList(
    (range, isPart) => calls.read(isPart ? iterating : options, (call) => read(range, call)),
    id,
    page,
  );
}

export function transactionPages(
  ledger: Pick<Ledger, 'listTransactions'>,
  calls: Calls,
  query: TransactionQuery,
  page: PageInput,
  options: ReadOptions | undefined,
): PageList<TransactionRecord> {
  const read = (range: Range, call: Call) => ledger.listTransactions(query, range, call);
  return listOf(calls, read, (record) => record.transactionId, page, options);
}
