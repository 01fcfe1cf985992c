import type { LosslessNumber } from 'lossless-json';
import * as z from 'zod/mini';
import { readLine, sha256, toLine } from './block-line.js';
import { isJsonObject, type JsonObject, parseStoredJson, toJson } from './json.js';
import type { WriteSet } from './key-values.js';
import type { IdempotencyClaim, Transaction, TransactionDetails, ValidationCode } from './transaction.js';

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

/** A validated transaction: its validation code, and its write set if it is valid. */
export interface BlockEntry {
  readonly transaction: Transaction;
  readonly validationCode: ValidationCode;
  readonly writes: WriteSet;
}

/** A block with all that is needed to restore the state. */
export interface SealedBlock extends Omit<Block, 'transactions'> {
  /** The contract that wrote it: another one stores tokens under other keys. */
  readonly contract: string;
  readonly entries: readonly BlockEntry[];
}

/** Closes a block over its entries and chains it to the block before; with its line for the ledger file. */
export function sealBlock(
  previous: PreviousBlock | undefined,
  { timestamp, contract, entries }: Pick<SealedBlock, 'timestamp' | 'contract' | 'entries'>,
): SealedBlock & { readonly line: string } {
  const { number, previousHash } = follow(previous);
  const transactions = entries.map(({ transaction, validationCode, writes }) => {
    return { ...transaction, validationCode, writes: Object.fromEntries(writes) };
  });
  const text = toJson({ number, previousHash, timestamp, contract, transactions });
  const hash = sha256(text);
  return { number, previousHash, hash, timestamp, contract, entries, line: toLine(hash, text) };
}

/**
 * Reads a line of a ledger file back.
 *
 * @throws Error if it is incomplete, was altered, or does not follow the previous block.
 */
export function readBlock(line: Buffer, previous: PreviousBlock | undefined): SealedBlock {
  const { hash, text } = readLine(line) ?? {};
  if (hash === undefined || text === undefined) throw new Error('its content does not match its hash');
  const { success, data } = blockText.safeParse(parseStoredJson(text));
  if (!success) throw new Error('its hash is right, but it is no block');
  const { number, previousHash, timestamp, contract, transactions } = data;
  const expected = follow(previous);
  if (previousHash !== expected.previousHash || number !== expected.number) {
    throw new Error('it does not follow the block before');
  }
  return { number, previousHash, hash, timestamp, contract, entries: transactions.map(toEntry) };
}

type PreviousBlock = Pick<Block, 'number' | 'hash'>;

function follow(previous: PreviousBlock | undefined) {
  return previous
    ? { number: previous.number + 1, previousHash: previous.hash }
    : { number: 0, previousHash: '0'.repeat(64) };
}

const blockText = z.object({
  number: z.int(),
  previousHash: z.string(),
  timestamp: z.number(),
  // Lines of earlier versions, which had one contract, name none.
  contract: z._default(z.string(), 'balances'),
  transactions: z.array(z.custom<StoredTransaction>(isStoredTransaction)),
});

/** A transaction as it is stored in a line. */
interface StoredTransaction extends Omit<BlockTransaction, 'amount'> {
  readonly amount?: number | LosslessNumber;
  readonly response: JsonObject;
  readonly claim?: IdempotencyClaim;
  readonly writes: Readonly<Record<string, string>>;
}

const STRINGS = ['transactionId', 'type', 'assetId', 'validationCode'];
const NAMES = ['actor', 'recipientWallet', 'holderWallet', 'fromWallet', 'toWallet'];

/** Checked by hand: with tens of thousands of transactions a schema would take a quarter of the start. */
function isStoredTransaction(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { timestamp, amount, metadata = {}, response, claim = {}, writes } = value;
  return (
    STRINGS.every((field) => typeof value[field] === 'string') &&
    NAMES.every((field) => value[field] === undefined || typeof value[field] === 'string') &&
    typeof timestamp === 'number' &&
    (amount === undefined || /^\d+$/.test(String(amount))) &&
    [metadata, response, claim, writes].every(isJsonObject)
  );
}

function toEntry(stored: StoredTransaction): BlockEntry {
  // Field by field: rest properties are several times slower.
  const { transactionId, timestamp, type, assetId, actor, metadata, response, claim } = stored;
  const { recipientWallet, holderWallet, fromWallet, toWallet, validationCode, writes } = stored;
  const amount = stored.amount === undefined ? undefined : BigInt(String(stored.amount));
  const transaction = {
    transactionId,
    timestamp,
    type,
    assetId,
    actor,
    amount,
    recipientWallet,
    holderWallet,
    fromWallet,
    toWallet,
    metadata,
    response,
    claim,
  };
  return { transaction, validationCode, writes: new Map(Object.entries(writes)) };
}
