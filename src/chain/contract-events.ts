import * as z from 'zod/mini';
import type { Call } from '../core/call.js';
import { parseJson } from '../core/json.js';
import { InvalidInputError, NotFoundError, UnavailableError } from '../errors.js';
import type { Ledger, TransactionRecord, WatchCheckpoint } from '../ledger/ledger.js';
import type { Chain, ChainEvent } from './chain.js';
import { committed } from './contract-reads.js';
import { read } from './results.js';

/** The record of an order, without its metadata, which may be large. */
const order = z.pipe(
  z.transform((row: unknown) => {
    const { event: _, hasMetadata = false, ...record } = Object(row);
    return { hasMetadata, record };
  }),
  z.object({ hasMetadata: z.boolean(), record: committed }),
);
/** What a transaction did. */
const payload = z.looseObject({ records: z.array(order) });

/** From which block to listen, and the id of the last transaction in it that was handled. */
interface Position {
  readonly block: number;
  readonly after?: string | undefined;
}

/**
 * The contract's events as those of a ledger, in the order of the channel: an event for each order of a batch. A
 * transaction that the chain delivers twice in one iteration comes once.
 *
 * @param chain - with `height` and `listen`
 */
export function contractEvents(
  chain: Chain & Required<Pick<Chain, 'height' | 'listen'>>,
  getTransaction: Ledger['getTransaction'],
): NonNullable<Ledger['listen']> {
  const checkpointOf = (position: Position): WatchCheckpoint => ({ ledger: chain.name, ...position });

  return async function* listen(from, call) {
    const start = from === undefined ? { block: await chain.height(call) } : startOf(from, chain.name);
    if (from === undefined) yield { record: undefined, checkpoint: checkpointOf(start) };
    let { block, after }: Position = start;
    const inBlock = new Set<string>();
    for await (const event of chain.listen(block, call)) {
      if (event.block < block) continue;
      if (event.block > block) {
        if (after !== undefined) throw foreign();
        block = event.block;
        inBlock.clear();
      }
      if (inBlock.has(event.transactionId)) continue;
      inBlock.add(event.transactionId);
      for (const { id, load } of itemsOf(event, getTransaction)) {
        if (after === undefined) {
          yield { record: await load(call), checkpoint: checkpointOf({ block, after: id }) };
        } else if (after === id) after = undefined;
      }
    }
  };
}

interface Item {
  readonly id: string;
  readonly load: (call: Call) => Promise<TransactionRecord | undefined>;
}

/** The records of an event, or the event of another contract of the chaincode, without a record. */
function itemsOf({ transactionId, payload: text }: ChainEvent, getTransaction: Ledger['getTransaction']): Item[] {
  if (!isOfContract(text)) return [{ id: transactionId, load: async () => undefined }];
  return read(payload, text).records.map(({ hasMetadata, record }) => ({
    id: record.transactionId,
    load: async (call) => (hasMetadata ? whole(record, getTransaction, call) : record),
  }));
}

/** Other contracts of the chaincode have events too, with payloads of their own. */
function isOfContract(text: string): boolean {
  try {
    return Array.isArray(Object(parseJson(text)).records);
  } catch {
    return false;
  }
}

async function whole(
  { transactionId, type }: TransactionRecord,
  getTransaction: Ledger['getTransaction'],
  call: Call,
): Promise<TransactionRecord> {
  try {
    const found = await getTransaction(transactionId, call);
    if (found.type === type) return found;
    // Valid by the channel, and its record is missing.
    throw new NotFoundError(`There is no record of transaction ${transactionId} yet.`);
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause;
    throw new UnavailableError('A peer does not have a transaction yet that another one has committed.', {
      retryable: true,
      cause,
    });
  }
}

const checkpointSchema = z.strictObject({
  ledger: z.string(),
  block: z.int().check(z.nonnegative()),
  after: z.optional(z.string()),
});

function startOf(from: WatchCheckpoint | 'beginning', ledger: string): Position {
  if (from === 'beginning') return { block: 0 };
  const parsed = checkpointSchema.safeParse(from);
  if (!parsed.success || parsed.data.ledger !== ledger) throw foreign();
  const { block, after } = parsed.data;
  return { block, after };
}

function foreign(): InvalidInputError {
  return new InvalidInputError([{ field: 'from', message: 'is no checkpoint of this ledger' }]);
}
