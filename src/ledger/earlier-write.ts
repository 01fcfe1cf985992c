import type { Call } from '../call.js';
import { InvalidResponseError } from '../errors.js';
import { PageList } from '../pages.js';
import { commitState, type Ledger, type TransactionRecord } from './ledger.js';
import { carriesKey, carriesOtherKey, type Trace } from './trace.js';

/** Where to look, in a ledger that cannot filter by key. */
export interface Scope extends Pick<Trace, 'types' | 'assetId'> {
  /** Epoch milliseconds: no older record can be meant. */
  readonly since?: number;
}

/** The part of a ledger in which earlier writes are found. */
type Records = Pick<Ledger, 'listTransactions' | 'getTransaction'>;

const PAGE = { limit: 100, offset: 0 };

/**
 * The transactions that were submitted under a key: first the one that has not failed, if any, then those that have. A
 * server may ignore the filter: then each record's own metadata decides, and the asset's records are read from the
 * newest on.
 *
 * @throws InvalidResponseError if the server's records cannot tell.
 */
export async function findByKey(
  ledger: Records,
  idempotencyKey: string,
  scope: Scope,
  call: Call,
): Promise<readonly TransactionRecord[]> {
  const { items, total } = await ledger.listTransactions({ idempotencyKey }, PAGE, call);
  // A filter may be ignored, or match more than the key: by its beginning, or in another case.
  const candidates = items.filter((record) => !carriesOtherKey(record, idempotencyKey));
  const isWhole = candidates.length === items.length && items.length >= total && items.length < PAGE.limit;
  const isCertain =
    candidates.every((record) => carriesKey(record, idempotencyKey)) || (await honoursFilter(ledger, call));
  if (isCertain && (isWhole || candidates.some(isAlive))) return aliveFirst(candidates);

  const found: TransactionRecord[] = [];
  for await (const record of recordsOf(ledger, scope, call)) {
    if (Date.parse(record.timestamp) < (scope.since ?? Number.NEGATIVE_INFINITY)) break;
    if (!carriesKey(record, idempotencyKey)) continue;
    found.push(record);
    if (isAlive(record)) break;
  }
  return aliveFirst(found);
}

function aliveFirst(records: readonly TransactionRecord[]): TransactionRecord[] {
  return records.toSorted((a, b) => Number(isAlive(b)) - Number(isAlive(a)));
}

/** A failed transaction changed nothing, and holds its key no longer. */
export function isAlive(record: TransactionRecord): boolean {
  return commitState(record) !== 'failed';
}

/** Whether the server knows the filter: nothing can be listed under a key that was never used. */
async function honoursFilter(ledger: Records, call: Call): Promise<boolean> {
  const query = { idempotencyKey: crypto.randomUUID() };
  const { items } = await ledger.listTransactions(query, { limit: 1, offset: 0 }, call);
  return items.length === 0;
}

/** So many records without metadata are looked at one by one, to see whether the list has left it out. */
const MOST_PROBES = 20;

/** All records of the asset, newest first; of the kind, where there is no asset yet. */
async function* recordsOf(ledger: Records, { types, assetId }: Scope, call: Call) {
  const query = assetId === undefined ? { types } : { assetId };
  const all = new PageList(
    (range) => ledger.listTransactions(query, range, call),
    (record) => record.transactionId,
    { ...PAGE, untilEmpty: true },
  );
  let probes = 0;
  for await (const record of all) {
    // One record that shows metadata tells that the list shows it.
    if (hasMetadata(record)) probes = MOST_PROBES;
    else if (probes++ < MOST_PROBES && hasMetadata(await ledger.getTransaction(record.transactionId, call))) {
      throw cannotTell();
    }
    yield record;
  }
}

function hasMetadata({ metadata = {} }: TransactionRecord): boolean {
  return Object.keys(metadata).length > 0;
}

function cannotTell(): InvalidResponseError {
  return new InvalidResponseError(
    "The server's lists leave the transactions' metadata out, and with it the idempotency key. Ask its operator for it, or write without a key of your own.",
  );
}
