import * as z from 'zod/mini';
import { readLine, sha256, toLine } from './block-line.js';
import { isJsonObject, type JsonObject, parseStoredJson, toJson } from './json.js';
import { type Reply, recordsIn, type Transaction, type TransactionDetails } from './transaction.js';
import type { ValidationCode, WriteSet } from './world-state.js';

/** A block as a block explorer shows it. */
export interface Block {
  /** The first block has number 0. */
  readonly number: number;
  /** The hash of the block before, in hex; 64 zeros in the first block. */
  readonly previousHash: string;
  /** SHA-256 of the block's content, including the previous hash, in hex. */
  readonly hash: string;
  /** When the block was cut, in milliseconds since 1970. */
  readonly timestamp: number;
  /** The transactions in the order of validation, including invalid ones. */
  readonly transactions: readonly BlockTransaction[];
}

/** A transaction in a block, with the committer's verdict. Only those that are `VALID` changed the state. */
export interface BlockTransaction extends TransactionDetails {
  readonly transactionId: string;
  /** When the transaction was accepted, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly validationCode: ValidationCode;
}

/** A validated transaction with its write set, which was applied if it is valid. */
export interface BlockEntry {
  readonly transaction: Transaction;
  readonly validationCode: ValidationCode;
  readonly writes: WriteSet;
}

/** A block with all that is needed to restore the state. */
export interface SealedBlock extends Omit<Block, 'transactions'> {
  readonly entries: readonly BlockEntry[];
}

/** The version of the lines. Those before had no version, and the write sets of other contracts. */
const FORMAT = 2;

/** A line of a version that this one cannot read. */
export class UnknownFormat extends Error {}

/** Closes a block over its entries and chains it to the block before; with its line for the ledger file. */
export function sealBlock(
  previous: PreviousBlock | undefined,
  { timestamp, entries }: Pick<SealedBlock, 'timestamp' | 'entries'>,
): SealedBlock & { readonly line: string } {
  const { number, previousHash } = follow(previous);
  const transactions = entries.map(({ transaction, validationCode, writes }) => {
    const { transactionId, timestamp, reply } = transaction;
    return { transactionId, timestamp, validationCode, reply, writes: toStored(writes) };
  });
  const text = toJson({ number, previousHash, timestamp, format: FORMAT, transactions });
  const hash = sha256(text);
  return { number, previousHash, hash, timestamp, entries, line: toLine(hash, text) };
}

/**
 * Reads a line of a ledger file back.
 *
 * @throws UnknownFormat if it is whole, and of another version; Error if it is incomplete, was altered, or does not follow
 *   the previous block.
 */
export function readBlock(line: Buffer, previous: PreviousBlock | undefined): SealedBlock {
  const { hash, text } = readLine(line) ?? {};
  if (hash === undefined || text === undefined) throw new Error('its content does not match its hash');
  const value = parseStoredJson(text);
  if (isJsonObject(value) && value.format !== FORMAT && value.number !== undefined) throw new UnknownFormat();
  const { success, data } = blockText.safeParse(value);
  if (!success) throw new Error('its hash is right, but it is no block');
  const { number, previousHash, timestamp, transactions } = data;
  const expected = follow(previous);
  if (previousHash !== expected.previousHash || number !== expected.number) {
    throw new Error('it does not follow the block before');
  }
  return { number, previousHash, hash, timestamp, entries: transactions.map(toEntry) };
}

type PreviousBlock = Pick<Block, 'number' | 'hash'>;

function follow(previous: PreviousBlock | undefined) {
  return previous
    ? { number: previous.number + 1, previousHash: previous.hash }
    : { number: 0, previousHash: '0'.repeat(64) };
}

/** A transaction as it is stored in a line. */
interface StoredTransaction extends Pick<BlockTransaction, 'transactionId' | 'timestamp' | 'validationCode'> {
  readonly reply?: Reply;
  /** Null: deleted. */
  readonly writes: Readonly<Record<string, string | null>>;
}

const blockText = z.object({
  number: z.int(),
  previousHash: z.string(),
  timestamp: z.number(),
  transactions: z.array(z.custom<StoredTransaction>(isStoredTransaction)),
});

/** Checked by hand: with tens of thousands of transactions a schema would take a quarter of the start. */
function isStoredTransaction(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { transactionId, validationCode, timestamp, reply = {}, writes } = value;
  return (
    [transactionId, validationCode].every((text) => typeof text === 'string') &&
    typeof timestamp === 'number' &&
    isJsonObject(reply) &&
    isJsonObject(writes) &&
    Object.values(writes).every((text) => typeof text === 'string' || text === null)
  );
}

function toStored(writes: WriteSet): JsonObject {
  return Object.fromEntries([...writes].map(([key, value]) => [key, value ?? null]));
}

function toEntry({ transactionId, timestamp, validationCode, reply, writes: stored }: StoredTransaction): BlockEntry {
  const writes = new Map(Object.entries(stored).map(([key, value]) => [key, value ?? undefined]));
  return { transaction: { transactionId, timestamp, records: recordsIn(writes), reply }, validationCode, writes };
}
