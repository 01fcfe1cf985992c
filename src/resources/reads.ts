import type { Calls } from '../calls.js';
import type { Call, ReadOptions } from '../core/call.js';
import { type PageInput, PageList } from '../core/pages.js';
import { Semaphore } from '../core/semaphore.js';
import type { Ledger, Range, Slice, TransactionQuery, TransactionRecord } from '../ledger/ledger.js';

/**
 * A list; each page is read by a call of its own. Only an awaited page may come from the cache: iterated pages of
 * different ages would not make up a list. `'only-if-cached'` is the exception.
 */
export function pageList<T>(
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

export function transactionList(
  ledger: Pick<Ledger, 'listTransactions'>,
  calls: Calls,
  query: TransactionQuery,
  page: PageInput,
  options: ReadOptions | undefined,
): PageList<TransactionRecord> {
  const read = (range: Range, call: Call) => ledger.listTransactions(query, range, call);
  return pageList(calls, read, (record) => record.transactionId, page, options);
}

/** How many requests of one call run at once. */
const CONCURRENCY = 16;

/** The call, with a bound on how many of its requests run at once. */
export function limited(call: Call): Call {
  const semaphore = new Semaphore(CONCURRENCY);
  return { ...call, limit: (work) => semaphore.run(call.signal, work) };
}

/**
 * Reads for each distinct key, all at the same time, so that the cache is read once. One that fails does not stop the
 * others.
 */
export async function readEach<T>(
  keys: readonly string[],
  call: Call,
  read: (key: string, call: Call) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const each = limited(call);
  const reads = new Map<string, Promise<T>>();
  for (const key of keys) if (!reads.has(key)) reads.set(key, read(key, each));
  return Promise.allSettled(keys.map((key) => reads.get(key) as Promise<T>));
}
