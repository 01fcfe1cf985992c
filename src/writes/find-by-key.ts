import type { Call } from '../core/call.js';
import { PageList } from '../core/pages.js';
import { InvalidResponseError } from '../errors.js';
import type { Ledger, TransactionRecord } from '../ledger/ledger.js';
import type { WriteIdentity } from '../ledger/operations.js';
import { FINGERPRINT } from '../ledger/records.js';
import type { MetadataSupport } from './metadata-support.js';
import { carriesKey, carriesOtherKey, contradicts, hasKey, hasMetadata, isAlive, matches } from './write-identity.js';

/** The write to find, as far as it is known, on a ledger that cannot filter by key. */
export interface SearchScope {
  readonly identity: WriteIdentity;
  readonly fingerprint?: string;
  /** Epoch milliseconds: no older record can be meant. */
  readonly since?: number | undefined;
  /** Epoch milliseconds: a newer record without a key may be meant if no record of its type has shown one. */
  readonly recentSince: number;
}

/** The part of a ledger that is searched. */
type Records = Pick<Ledger, 'listTransactions' | 'getTransaction'>;

const PAGE = { limit: 100, offset: 0 };

/**
 * The transactions that were submitted under a key: first the one that has not failed, if any, then those that have. If
 * the server ignores the filter, each record's metadata decides, and the asset's records are read newest first. If no
 * record of the type has shown the SDK's metadata, a record that could be the write makes the search fail.
 *
 * @throws InvalidResponseError if the server's records cannot tell.
 */
export async function findByKey(
  ledger: Records,
  idempotencyKey: string,
  scope: SearchScope,
  support: MetadataSupport,
  call: Call,
): Promise<readonly TransactionRecord[]> {
  const { items, total } = await ledger.listTransactions({ idempotencyKey }, PAGE, call);
  // The filter may be ignored, or match more than the key: a prefix, or another case.
  const candidates = items.filter((record) => !carriesOtherKey(record, idempotencyKey));
  for (const record of candidates) support.note(record);
  const isWhole = candidates.length === items.length && items.length >= total && items.length < PAGE.limit;
  const isCertain =
    candidates.every((record) => carriesKey(record, idempotencyKey)) || (await honoursFilter(ledger, call));
  if (isCertain && candidates.length > 0 && (isWhole || candidates.some(isAlive))) return aliveFirst(candidates);
  // An empty result proves nothing if the server does not keep what the filter compares.
  const isNone = () => isCertain && isWhole && scope.identity.types.every((type) => support.isKnownFor(type));
  if (isNone()) return [];

  let left = isCertain && isWhole ? PAGE.limit : Number.POSITIVE_INFINITY;
  const found: TransactionRecord[] = [];
  const ambiguous = new Map<string, TransactionRecord>();
  for await (const listed of recordsOf(ledger, scope.identity, isCertain ? 0 : MAX_PROBES, call)) {
    if (Date.parse(listed.timestamp) < (scope.since ?? Number.NEGATIVE_INFINITY) || left-- === 0) break;
    // The list may omit what the transaction itself shows.
    const isBare = matches(listed, scope.identity) && !hasKey(listed);
    const record = isBare ? await ledger.getTransaction(listed.transactionId, call) : listed;
    support.note(record);
    if (carriesKey(record, idempotencyKey)) {
      found.push(record);
      if (isAlive(record)) break;
    } else if (couldBe(record, scope)) ambiguous.set(record.type, record);
    if (isNone()) break;
  }
  if (found.some(isAlive)) return aliveFirst(found);
  const { assetId } = scope.identity;
  for (const [type, record] of ambiguous) {
    if (!(await support.isKeptFor({ types: [type], assetId }, ledger, call))) throw dropsMetadata(record);
  }
  return found;
}

/** Whether a record without a key could be of this write. */
function couldBe(record: TransactionRecord, { identity, ...scope }: SearchScope): boolean {
  if (hasKey(record) || contradicts(record, identity)) return false;
  const fingerprint = record.metadata?.[FINGERPRINT];
  if (typeof fingerprint === 'string') return fingerprint === scope.fingerprint;
  if (identity.amount !== undefined) return matches(record, identity);
  // Without an amount to compare: recent records, and those without any metadata.
  return !hasMetadata(record) || Date.parse(record.timestamp) >= scope.recentSince;
}

function aliveFirst(records: readonly TransactionRecord[]): TransactionRecord[] {
  return records.toSorted((a, b) => Number(isAlive(b)) - Number(isAlive(a)));
}

/** Whether the server applies the filter: nothing is listed under a key that was never used. */
async function honoursFilter(ledger: Records, call: Call): Promise<boolean> {
  const query = { idempotencyKey: crypto.randomUUID() };
  const { items } = await ledger.listTransactions(query, { limit: 1, offset: 0 }, call);
  return items.length === 0;
}

/** How many records without metadata are read one by one, to find out whether the list omits it. */
const MAX_PROBES = 20;

/** All records of the asset, newest first; of the types, where there is no asset yet. */
async function* recordsOf(ledger: Records, { types, assetId }: WriteIdentity, maxProbes: number, call: Call) {
  const query = assetId === undefined ? { types } : { assetId };
  const all = new PageList(
    (range) => ledger.listTransactions(query, range, call),
    (record) => record.transactionId,
    { ...PAGE, untilEmpty: true },
  );
  let probes = 0;
  for await (const record of all) {
    // A record with metadata proves that the list shows it.
    if (hasMetadata(record)) probes = maxProbes;
    else if (probes++ < maxProbes && hasMetadata(await ledger.getTransaction(record.transactionId, call))) {
      throw cannotTell();
    }
    yield record;
  }
}

function cannotTell(): InvalidResponseError {
  return new InvalidResponseError(
    "The server's lists leave the transactions' metadata out, and with it the idempotency key. Ask its operator for it, or write without a key of your own.",
  );
}

function dropsMetadata({ transactionId }: TransactionRecord): InvalidResponseError {
  return new InvalidResponseError(
    `The server's records show no key that the SDK has sent, so transaction ${transactionId} may be this write or another one. Compare it with your own records, and ask the server's operator to keep the metadata.`,
  );
}
