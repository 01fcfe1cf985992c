import * as z from 'zod/mini';
import type { CachedRead } from '../cache/loads.js';
import type { ResponseCache } from '../cache/response-cache.js';
import type { Call } from '../core/call.js';
import { holdings, packHoldings } from './holdings.js';
import { commitState, type Holdings, type Ledger, type Range, type TransactionQuery } from './ledger.js';
import { tag } from './operations.js';
import * as record from './records.js';

/** Milliseconds for which a fold of an asset's history is kept to go on from. */
const CHECKPOINT = 86_400_000;

// Made once: to make a schema takes longer than a read from memory.
const assetSlice = record.sliceOf(record.asset);
const transactionSlice = record.sliceOf(record.transaction);
const balances = z.array(record.balance);

/** A ledger whose reads are served from a cache. */
export function cachedReads(ledger: Ledger, cache: ResponseCache): Ledger {
  const read = <T>(call: Call, what: CachedRead<T>) => cache.read(what, call);
  const { getSupply } = ledger;

  return {
    ...ledger,

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
        key: keyOf('assets', query.assetType, query.status, ...partOf(range)),
        tags: [tag.assets],
        schema: assetSlice,
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
        schema: balances,
        load: (each) => ledger.getBalances(walletId, assetId, each),
      }),

    getTransaction: (transactionId, call) =>
      read(call, {
        namespace: 'transactions',
        key: `transaction:${transactionId}`,
        tags: [],
        schema: record.transaction,
        load: (each) => ledger.getTransaction(transactionId, each),
        // What is final stays as it is. Of a type that is not known, a record may still come.
        isFinal: (value) => commitState(value) !== 'pending' && value.type !== 'unknown',
        mayBeStale: true,
      }),

    listTransactions: (query, range, call) => {
      const load = (each: Call) => ledger.listTransactions(query, range, each);
      // A search for a key decides whether to write under it.
      if (query.idempotencyKey !== undefined) return load(call);
      const { assetId, walletId, types, sortOrder } = query;
      return read(call, {
        namespace: 'transactions',
        key: keyOf('transactions', assetId, walletId, types, sortOrder, ...partOf(range)),
        tags: [listTag(query)],
        schema: transactionSlice,
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
        load: (each) => continued(ledger, cache, assetId, each),
        pack: packHoldings,
        isFinal: ({ history }) => history?.isFinal ?? true,
        mayBeStale: true,
      }),

    ...(getSupply && {
      getSupply: (assetId, call) =>
        read(call, {
          namespace: 'holders',
          key: `supply:${assetId}`,
          tags: [tag.tokens(assetId)],
          schema: record.supply,
          load: (each) => getSupply(assetId, each),
          mayBeStale: true,
        }),
    }),
  };
}

/** Folds an asset's history from its last checkpoint. */
async function continued(ledger: Ledger, cache: ResponseCache, assetId: string, call: Call): Promise<Holdings> {
  const name = `checkpoint:${assetId}`;
  const earlier = call.cache === 'default' ? await cache.recall(name, holdings, call) : undefined;
  const found = await ledger.getHoldings(assetId, call, earlier);
  if (found.history && (call.cache === 'default' || call.cache === 'reload')) {
    cache.remember(name, packHoldings(found.history.checkpoint ?? found), CHECKPOINT);
  }
  return found;
}

function partOf({ limit, offset, cursor }: Range): readonly unknown[] {
  return cursor === undefined ? [limit, offset] : [limit, offset, cursor];
}

function keyOf(kind: string, ...parts: readonly unknown[]): string {
  return `${kind}:${JSON.stringify(parts)}`;
}

/** Each list depends on what it is filtered by; writes touch the tags of all lists that may show them. */
function listTag({ assetId, walletId }: TransactionQuery): string {
  if (assetId !== undefined) return tag.tokens(assetId);
  return walletId === undefined ? tag.transactions : tag.wallet(walletId);
}
