import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isJsonObject, type JsonObject, parseJson, toJson } from './json.js';
import { quantity } from './numbers.js';
import type { Transaction, TransactionDetails, ValidationCode } from './transaction.js';
import type { WriteSet } from './world-state.js';

/** A block as a block explorer shows it. */
export interface Block {
  /** The first block has number 0. */
  readonly number: number;
  /** The hash of the block before, in hex; 64 zeros in the first block. */
  readonly previousHash: string;
  /** SHA-256 of what the block says, the previous hash included, in hex. */
  readonly hash: string;
  /** When the block was cut, in milliseconds since 1970. */
  readonly timestamp: number;
  /** The transactions in the order in which they were validated; also those that were found invalid. */
  readonly transactions: readonly BlockTransaction[];
}

/** A transaction in a block, with the committer's verdict. Only those that are `VALID` changed the state. */
export interface BlockTransaction extends TransactionDetails {
  readonly transactionId: string;
  /** When the transaction was accepted, in milliseconds since 1970. */
  readonly timestamp: number;
  readonly validationCode: ValidationCode;
}

/** A transaction on its way into the state: the verdict, and what it writes if it is valid. */
export interface BlockEntry {
  readonly transaction: Transaction;
  readonly validationCode: ValidationCode;
  readonly writes: WriteSet;
}

/** A block with all that is needed to build the state again, and its line in the ledger file. */
export interface SealedBlock extends Omit<Block, 'transactions'> {
  /** The contract that wrote it: another one would not find its tokens. */
  readonly contract: string;
  readonly entries: readonly BlockEntry[];
  readonly line: string;
}

/** A line of a ledger file that is JSON, but not the block that must follow there. */
export class BrokenChainError extends Error {
  override readonly name = 'BrokenChainError';
}

/** Every line of a ledger file starts so; the hash comes next, and covers the text of the block behind it. */
export const LINE_START = '{"hash":"';
const BLOCK_START = '","block":';
const HASH_LENGTH = 64;

/** Closes a block over its entries and chains it to the block before. */
export function sealBlock(
  previous: PreviousBlock | undefined,
  { timestamp, contract, entries }: Pick<SealedBlock, 'timestamp' | 'contract' | 'entries'>,
): SealedBlock {
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
 * @throws SyntaxError if the line is not even JSON, as after a write that was cut short.
 * @throws BrokenChainError if it was altered, or does not follow the block before.
 */
export function readBlock(line: string, previous: PreviousBlock | undefined): SealedBlock {
  const hash = line.slice(LINE_START.length, LINE_START.length + HASH_LENGTH);
  const text = line.slice(LINE_START.length + HASH_LENGTH + BLOCK_START.length, -1);
  if (line !== toLine(hash, text) || sha256(text) !== hash) {
    JSON.parse(line);
    throw new BrokenChainError('its content does not match its hash');
  }
  const { number, previousHash, timestamp, contract, transactions } = blockText.parse(parseJson(text));
  if (previousHash !== follow(previous).previousHash) {
    throw new BrokenChainError('it does not follow the block before');
  }
  const entries = transactions.map(({ writes, validationCode, ...transaction }) => {
    return { transaction, validationCode, writes: new Map(Object.entries(writes)) };
  });
  return { number, previousHash, hash, timestamp, contract, entries, line };
}

type PreviousBlock = Pick<Block, 'number' | 'hash'>;

function follow(previous: PreviousBlock | undefined) {
  return previous
    ? { number: previous.number + 1, previousHash: previous.hash }
    : { number: 0, previousHash: '0'.repeat(HASH_LENGTH) };
}

function toLine(hash: string, text: string): string {
  return `${LINE_START}${hash}${BLOCK_START}${text}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const count = quantity.transform(Number);
const name = z.string().optional();
const jsonObject = z.custom<JsonObject>(isJsonObject);

const blockText = z.object({
  number: count,
  previousHash: z.string(),
  timestamp: count,
  // Lines from before there was a choice name none.
  contract: z.string().default('balances'),
  transactions: z.array(
    z.object({
      transactionId: z.string(),
      type: z.string(),
      assetId: z.string(),
      timestamp: count,
      actor: name,
      amount: quantity.optional(),
      recipientWallet: name,
      holderWallet: name,
      fromWallet: name,
      toWallet: name,
      metadata: jsonObject.optional(),
      response: jsonObject,
      claim: z.object({ key: z.string(), fingerprint: z.string() }).optional(),
      validationCode: z.enum(['VALID', 'MVCC_READ_CONFLICT']),
      writes: z.record(z.string(), z.string()),
    }),
  ),
});
