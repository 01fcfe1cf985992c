import type { Call } from '../call.js';
import { stringifyJson } from '../http/json.js';
import { commitState, type Ledger, type Metadata, type TransactionRecord } from './ledger.js';

/** What a write leaves in its transaction record. */
export interface Trace {
  readonly types: readonly string[];
  readonly assetId?: string | undefined;
  /** Fields that the record must hold to be this write's. */
  readonly fields: Partial<TransactionRecord>;
  /** What the caller put into the metadata. */
  readonly metadata: Metadata;
}

const PAGE = 100;

/** The part of a ledger in which earlier writes are found. */
type Records = Pick<Ledger, 'listTransactions'>;

/**
 * The transaction that was submitted under a key and has not failed, or `undefined`. A server may ignore the filter:
 * each record's own metadata decides, and such a server's records of the asset are read on, from the newest.
 */
export async function findByKey(
  ledger: Records,
  idempotencyKey: string,
  { types, assetId }: Pick<Trace, 'types' | 'assetId'>,
  call: Call,
): Promise<TransactionRecord | undefined> {
  const isHeld = (record: TransactionRecord) => carries(record, idempotencyKey) && commitState(record) !== 'failed';
  const filtered = await ledger.listTransactions({ idempotencyKey }, { limit: PAGE, offset: 0 }, call);
  if (filtered.items.every((record) => carries(record, idempotencyKey))) return filtered.items.find(isHeld);

  const ofThisAsset = assetId === undefined ? { types } : { assetId };
  for (let offset = 0; ; ) {
    const { items, total } = await ledger.listTransactions(ofThisAsset, { limit: PAGE, offset }, call);
    const found = items.find(isHeld);
    offset += items.length;
    if (found || items.length === 0 || offset >= total) return found;
  }
}

function carries(record: TransactionRecord, idempotencyKey: string): boolean {
  return record.metadata?.idempotencyKey === idempotencyKey;
}

/** Whether a record is of this very write, and not of another one under the same key. */
export function isSame(trace: Trace, record: TransactionRecord): boolean {
  return (
    trace.types.includes(record.type) &&
    holds(record, { assetId: trace.assetId, ...trace.fields }) &&
    holds(record.metadata ?? {}, trace.metadata)
  );
}

/** Whether every field of `wanted` stands in `held` with the same value; numbers are compared by their digits. */
export function holds(held: object, wanted: object): boolean {
  const fields: Readonly<Record<string, unknown>> = { ...held };
  return Object.entries(wanted).every(
    ([name, want]) => want === undefined || canonical(fields[name]) === canonical(want),
  );
}

function canonical(value: unknown): string {
  return stringifyJson(withOrder(value));
}

/** Keys in order, and scalars as text: one number may come back as a number, a bigint or a decimal string. */
function withOrder(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(withOrder);
  const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value instanceof Date ? value.toISOString() : String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, withOrder(item)]));
}
