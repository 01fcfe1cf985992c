import * as z from 'zod/mini';
import type { CachedRead } from '../cache/loads.js';
import { loadUncached, type ResponseCache } from '../cache/response-cache.js';
import type { Call, WriteCall } from '../core/call.js';
import { SpydraError } from '../errors.js';
import * as tag from './cache-tags.js';
import { holdings, packHoldings } from './holdings.js';
import { commitState, type Holdings, type Ledger, type TransactionQuery, type TransactionRecord } from './ledger.js';
import { mapOperations, type Receipt, tagsOfRecord } from './operations.js';
import * as record from './records.js';

/** Milliseconds for which a fold of an asset's history is kept to go on from. */
const CHECKPOINT = 86_400_000;

/** What a client caches, and what all clients that share its ledger do: a write concerns those too. */
export interface Caches {
  readonly own: ResponseCache | undefined;
  readonly all: ReadonlySet<ResponseCache>;
  /** Milliseconds for which a write of unknown outcome may still be applied. */
  readonly uncertaintyWindow: number;
}

/** Answers reads of a ledger from a cache. Its writes invalidate what they touch before they resolve. */
export function cached(ledger: Ledger, { own, all, uncertaintyWindow }: Caches): Ledger {
  const read = <T>(call: Call, what: CachedRead<T>) => (own ? own.read(what, call) : loadUncached(what, call));

  const invalidate = async (tags: readonly string[], isOver: boolean) => {
    await Promise.all([...all].map((cache) => cache.invalidate(tags, isOver ? 0 : uncertaintyWindow)));
  };

  /** What a transaction has changed, also one of another client. */
  const invalidateRecord = (found: TransactionRecord) => invalidate(tagsOfRecord(found), true);

  /** A write that invalidates what it touches before it ends; for longer where it may still be applied. */
  const invalidating =
    <O, R>(
      write: (order: O, call: WriteCall) => Promise<R>,
      touched: (order: O, result: R | undefined) => readonly string[],
    ) =>
    async (order: O, call: WriteCall): Promise<R> => {
      const result = await write(order, call).catch(async (error: unknown) => {
        if (isUnknown(error)) await invalidate(touched(order, undefined), false);
        throw error;
      });
      await invalidate(touched(order, result), (result as Partial<Receipt>).status === 'committed');
      return result;
    };

  return {
    ...mapOperations((operation) => invalidating((order, call) => operation.send(ledger, order, call), operation.tags)),
    addMetadata: (assetId, metadata, call) =>
      invalidating(
        () => ledger.addMetadata(assetId, metadata, call),
        () => tag.changed(assetId),
      )(metadata, call),

    getAsset: (assetId, call) =>
      read(call, {
        namespace: 'assets',
        key: `asset:${assetId}`,
        tags: [tag.asset(assetId)],
        schema: record.asset,
        load: (each) => ledger.getAsset(assetId, each),
        mayBeStale: true,
        mayBeMissing: true,
      }),

    listAssets: (query, range, call) =>
      read(call, {
        namespace: 'assets',
        key: keyOf('assets', query.assetType, query.status, range.limit, range.offset),
        tags: [tag.assets],
        schema: record.sliceOf(record.asset),
        load: (each) => ledger.listAssets(query, range, each),
        mayBeStale: true,
      }),

    getMetadata: (metadataId, call) =>
      read(call, {
        namespace: 'assets',
        key: `metadata:${metadataId}`,
        tags: [],
        schema: record.metadata,
        load: (each) => ledger.getMetadata(metadataId, each),
        mayBeStale: true,
      }),

    getBalances: (walletId, assetId, call) =>
      read(call, {
        namespace: 'balances',
        key: keyOf('balances', walletId, assetId),
        // A balance states the name of its asset.
        tags: [tag.wallet(walletId), tag.assets],
        schema: z.array(record.balance),
        load: (each) => ledger.getBalances(walletId, assetId, each),
      }),

    getTransaction: (transactionId, call) =>
      read(call, {
        namespace: 'transactions',
        key: `transaction:${transactionId}`,
        tags: [],
        schema: record.transaction,
        load: (each) => ledger.getTransaction(transactionId, each),
        // What is final stays as it is.
        isFinal: (value) => commitState(value) !== 'pending',
        mayBeStale: true,
      }),

    listTransactions: (query, range, call) => {
      const load = (each: Call) => ledger.listTransactions(query, range, each);
      // A search for a key decides whether to write under it.
      if (query.idempotencyKey !== undefined) return load(call);
      const { assetId, walletId, types, sortOrder } = query;
      return read(call, {
        namespace: 'transactions',
        key: keyOf('transactions', assetId, walletId, types, sortOrder, range.limit, range.offset),
        tags: [listTag(query)],
        schema: record.sliceOf(record.transaction),
        load,
        isFinal: ({ items }) => items.every((item) => commitState(item) !== 'pending'),
        mayBeStale: true,
      });
    },

    getHoldings: (assetId, call) =>
      read(call, {
        namespace: 'holders',
        key: `holdings:${assetId}`,
        tags: [tag.tokens(assetId)],
        schema: holdings,
        load: (each) => (own ? continued(ledger, own, assetId, each) : ledger.getHoldings(assetId, each)),
        pack: packHoldings,
        isFinal: ({ isFinal }) => isFinal,
        mayBeStale: true,
      }),

    async waitForTransaction(transactionId, call, isFresh) {
      const found = await ledger.waitForTransaction(transactionId, call, isFresh);
      await invalidateRecord(found);
      return found;
    },

    invalidate: invalidateRecord,
  };
}

/** Folds an asset's history from its last checkpoint. */
async function continued(ledger: Ledger, cache: ResponseCache, assetId: string, call: Call): Promise<Holdings> {
  const name = `checkpoint:${assetId}`;
  const earlier = call.cache === 'default' ? await cache.recall(name, holdings, call) : undefined;
  const found = await ledger.getHoldings(assetId, call, earlier);
  if (call.cache === 'default' || call.cache === 'reload') {
    cache.remember(name, packHoldings(found.checkpoint ?? found), CHECKPOINT);
  }
  return found;
}

function keyOf(kind: string, ...parts: readonly unknown[]): string {
  return `${kind}:${JSON.stringify(parts)}`;
}

/** Each list depends on what it is filtered by; writes touch the tags of all lists that may show them. */
function listTag({ assetId, walletId }: TransactionQuery): string {
  if (assetId !== undefined) return tag.tokens(assetId);
  return walletId === undefined ? tag.transactions : tag.wallet(walletId);
}

function isUnknown(error: unknown): boolean {
  return !(error instanceof SpydraError) || error.outcome === 'unknown';
}
