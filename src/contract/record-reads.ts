import { page, requireRow } from './asset-reads.js';
import { id, listOf, object, oneOf, optional, read, text } from './fields.js';
import { count, type Json, type JsonObject } from './json.js';
import { recordKey } from './keys.js';
import type { Reader } from './reader.js';
import { refuseFields } from './refusal.js';

const recordsQuery = object({
  assetId: optional(id),
  walletId: optional(id),
  types: optional(listOf(text, 100)),
  sortOrder: optional(oneOf('asc', 'desc')),
  ...page,
});

/** A transaction, or an order of a batch as `txId.n`. Only what was applied has a record. */
export async function readRecord(reader: Reader, transactionId: Json | undefined): Promise<JsonObject> {
  return requireRow(reader, recordKey(read(id, transactionId, 'transactionId')), `transaction ${transactionId}`);
}

/** The history of an asset or a wallet, or of an asset in a wallet; by the time of the proposal, newest first. */
export async function listRecords(reader: Reader, query: Json): Promise<JsonObject> {
  const { assetId, walletId, types, sortOrder = 'desc', limit, offset } = read(recordsQuery, query, 'query');
  const entries = (await entriesOf(reader, assetId, walletId))
    .filter((entry) => assetId === undefined || entry.assetId === assetId)
    .filter((entry) => types === undefined || types.includes(String(entry.type)));
  if (sortOrder === 'asc') entries.reverse();
  const transactions: JsonObject[] = [];
  for (const { transactionId } of entries.slice(offset, offset + limit)) {
    transactions.push(await readRecord(reader, transactionId));
  }
  return { transactions, total: count(entries.length) };
}

function entriesOf(reader: Reader, assetId?: string, walletId?: string): Promise<JsonObject[]> {
  if (walletId !== undefined) return reader.all(['record-of-wallet', walletId]);
  if (assetId !== undefined) return reader.all(['record-of-asset', assetId]);
  return refuseFields([{ field: 'query', message: 'must have an assetId or a walletId' }]);
}
