import * as z from 'zod/mini';
import { sleep } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { stringifyJson } from '../core/json.js';
import { InvalidInputError, NotFoundError } from '../errors.js';
import type { Balance, KeyClaim, Ledger, Range, Slice, TransactionQuery, TransactionRecord } from '../ledger/ledger.js';
import * as record from '../ledger/records.js';
import type { Chain } from './chain.js';
import type { Account } from './claimed-writes.js';
import { readClaim } from './claims.js';
import { refusalError, refusalInBody } from './refusals.js';
import { read } from './results.js';

/** How often a record is read that the channel says is there, and the milliseconds between. */
const [ATTEMPTS, LAG] = [5, 250];

/** The id of an order of a batch is that of its transaction, and its place. */
const PLACE_IN_BATCH = /\.\d+$/;
/** Milliseconds between reads of a record that is waited for, at first; doubled with each. */
const PAUSE = 100;
const MAX_PAUSE = 2_000;

const total = z.int().check(z.nonnegative());
const assets = z.looseObject({ assets: z.array(record.asset), total });
const balances = z.looseObject({ balances: z.array(record.balance) });
const accountBalances = z.looseObject({ balances: z.array(record.quantity) });
const document = z.looseObject({ metadata: record.metadata });
const holders = z.looseObject({
  holders: z.array(z.looseObject({ walletId: record.text, balance: record.quantity })),
  minted: record.quantity,
  burned: record.quantity,
});
/** What the contract has recorded is on the ledger. */
export const committed: z.ZodMiniType<TransactionRecord> = z.pipe(
  z.transform((row: unknown): unknown => ({ ...Object(row), status: 'COMMITTED' })),
  record.transaction,
);
const transactions = z.looseObject({ transactions: z.array(committed), total });

type Read =
  | 'getAsset'
  | 'listAssets'
  | 'getBalances'
  | 'getTransaction'
  | 'waitForTransaction'
  | 'listTransactions'
  | 'getHoldings'
  | 'getSupply'
  | 'getMetadata'
  | 'getClaim';

/** The reads of a contract ledger: each is one call of the contract. */
export function contractReads(chain: Chain): Required<Pick<Ledger, Read>> {
  const query = async <T>(schema: z.ZodMiniType<T>, functionName: string, args: readonly string[], call: Call) => {
    const result = await chain.query(functionName, args, call);
    try {
      return read(schema, result);
    } catch (error) {
      // Some servers respond with a refusal as if it were a result.
      const refusal = refusalInBody(result);
      throw refusal ? refusalError(refusal) : error;
    }
  };

  const getClaim = async (idempotencyKey: string, call: Call): Promise<KeyClaim> =>
    readClaim(await chain.query('Claim', [idempotencyKey], call));

  /**
   * The record, or what the channel knows of a transaction without one: an invalid one, a batch as a whole, or one of
   * another chaincode. A peer that is behind may lack the record of what another one knows to be valid.
   *
   * @throws NotFoundError if it is in no block, or is an order of a batch that the contract has refused
   */
  const settled = async (transactionId: string, call: Call, isValid = false): Promise<TransactionRecord> => {
    for (let attempt = 1; ; attempt++) {
      const found = await query(committed, 'Record', [transactionId], call).catch(asNotFound);
      if (!(found instanceof NotFoundError)) return found;
      const known = await chain.find?.(transactionId.replace(PLACE_IN_BATCH, ''), call);
      const { validationCode = 'VALID', timestamp } = known ?? {};
      if (validationCode !== 'VALID') return withoutRecord(transactionId, validationCode, timestamp);
      if (!known && !isValid) throw found;
      if (attempt === ATTEMPTS) {
        if (PLACE_IN_BATCH.test(transactionId)) throw found;
        return withoutRecord(transactionId, validationCode, timestamp);
      }
      await sleep(LAG, call.signal);
    }
  };

  const getTransaction: Ledger['getTransaction'] = (transactionId, call) => settled(transactionId, call);

  /** The one transaction that was applied under a key, as a list. */
  const underKey = async (key: string, filter: TransactionQuery, { limit, offset }: Range, call: Call) => {
    const claim = await getClaim(key, call);
    const found = claim.state === 'applied' ? [await getTransaction(claim.transactionId, call)] : [];
    const items = found.filter((each) => matches(each, filter));
    return { items: items.slice(offset, offset + limit), total: items.length };
  };

  return {
    getAsset: (assetId, call) => query(record.asset, 'Asset', [assetId], call),

    listAssets: async (filter, range, call) => {
      const found = await query(assets, 'Assets', [stringifyJson({ ...filter, ...byOffset(range) })], call);
      return { items: found.assets, total: found.total };
    },

    getBalances: async (walletId, assetId, call): Promise<readonly Balance[]> => {
      const args = assetId === undefined ? [walletId] : [walletId, assetId];
      return (await query(balances, 'Balances', args, call)).balances;
    },

    getTransaction,

    waitForTransaction: async (transactionId, call) => {
      if (!chain.wait) return untilRecorded(() => getTransaction(transactionId, call), call);
      const validationCode = await chain.wait(transactionId.replace(PLACE_IN_BATCH, ''), call);
      if (validationCode !== 'VALID') return withoutRecord(transactionId, validationCode);
      return settled(transactionId, call, true);
    },

    listTransactions: async (filter, range, call): Promise<Slice<TransactionRecord>> => {
      const { idempotencyKey, ...rest } = filter;
      if (idempotencyKey !== undefined) return underKey(idempotencyKey, rest, range, call);
      if (rest.assetId === undefined && rest.walletId === undefined) throw needsFilter();
      const found = await query(transactions, 'Records', [stringifyJson({ ...rest, ...byOffset(range) })], call);
      return { items: found.transactions, total: found.total };
    },

    getHoldings: async (assetId, call) => {
      const found = await query(holders, 'Holders', [assetId], call);
      const held = new Map(found.holders.map(({ walletId, balance }) => [walletId, balance]));
      return { assetId, balances: held, minted: found.minted, burned: found.burned };
    },

    getSupply: async (assetId, call) => {
      const { minted, burned } = await query(record.supply, 'Supply', [assetId], call);
      return { assetId, minted, burned };
    },

    getMetadata: async (metadataId, call) => (await query(document, 'Document', [metadataId], call)).metadata,

    getClaim,
  };
}

/** What each account holds, in their order: one read, of one block. */
export async function readAccounts(chain: Chain, accounts: readonly Account[], call: Call): Promise<readonly bigint[]> {
  const args = [stringifyJson(accounts.map(({ assetId, walletId }) => ({ assetId, walletId })))];
  return read(accountBalances, await chain.query('AccountBalances', args, call)).balances;
}

/** @throws any other error */
function asNotFound(error: unknown): NotFoundError {
  if (error instanceof NotFoundError) return error;
  throw error;
}

/** Reads a record until there is one. */
async function untilRecorded(read: () => Promise<TransactionRecord>, call: Call): Promise<TransactionRecord> {
  for (let pause = PAUSE; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    await sleep(pause, call.signal);
  }
}

function withoutRecord(transactionId: string, validationCode: string, timestamp = ''): TransactionRecord {
  const end = validationCode === 'VALID' ? { status: 'COMMITTED' } : { status: 'FAILED', error: validationCode };
  return { transactionId, type: 'unknown', timestamp, ...end };
}

function matches(found: TransactionRecord, { assetId, walletId, types }: TransactionQuery): boolean {
  const { recipientWallet, holderWallet, fromWallet, toWallet } = found;
  const wallets = [recipientWallet, holderWallet, fromWallet, toWallet];
  const isOfAsset = assetId === undefined || found.assetId === assetId;
  const isOfWallet = walletId === undefined || wallets.includes(walletId);
  return isOfAsset && isOfWallet && (types === undefined || types.includes(found.type));
}

function byOffset({ limit, offset, cursor }: Range) {
  if (cursor === undefined) return { limit, offset };
  throw new InvalidInputError([{ field: 'cursor', message: 'is not known to this ledger, which pages by offset' }]);
}

function needsFilter(): InvalidInputError {
  return new InvalidInputError([
    { field: 'assetId', message: 'is required on this ledger, or walletId or idempotencyKey: it keeps no list of all' },
  ]);
}
