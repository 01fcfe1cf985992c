import type { Call, WriteCall } from '../core/call.js';
import { jsonNumber } from '../core/json.js';
import { InvalidInputError } from '../errors.js';
import { type ApiRequest, type Path, pathsBelow } from '../http/request.js';
import type { Transport } from '../http/transport.js';
import type { Ledger, Metadata, Range } from '../ledger/ledger.js';
import type { UpdateOrder } from '../ledger/operations.js';
import { withPrice } from '../ledger/price.js';
import { CALL, FINGERPRINT, KEY } from '../ledger/records.js';
import type { Settings } from '../options.js';
import { CommitPoller } from './commit-poller.js';
import { readHoldings } from './holdings.js';
import * as schemas from './schemas.js';

/** The app of a project and network, and the schema of its assets. */
type App = Pick<Settings, 'projectId' | 'networkId' | 'appId' | 'assetSchemaId'>;

/** Spydra REST v2 behind the {@link Ledger} port: paths, bodies and the responses' schemas. */
export function spydraRest(transport: Transport, app: App): Ledger {
  const network = pathsBelow('')`/projects/${app.projectId}/networks/${app.networkId}`;
  const inNetwork = pathsBelow(network.path);
  const inApp = pathsBelow(inNetwork`/apps/${app.appId}`.path);

  const get = <T>(
    at: Path,
    schema: ApiRequest<T>['schema'],
    call: Call,
    query?: ApiRequest<T>['query'],
    expect?: Partial<T>,
  ) => transport.send({ method: 'GET', at, query, schema, expect }, call);

  const write = <T>(method: 'POST' | 'PUT', at: Path, schema: ApiRequest<T>['schema'], call: WriteCall, body: object) =>
    transport.send({ method, at, body, schema, idempotencyKey: call.idempotencyKey }, call);

  const getAsset: Ledger['getAsset'] = (assetId, call) =>
    get(inApp`/assets/${assetId}`, schemas.gotAsset, call, undefined, { assetId });

  const getTransaction: Ledger['getTransaction'] = (transactionId, call) =>
    get(inNetwork`/transactions/${transactionId}`, schemas.gotTransaction, call, undefined, { transactionId });

  const listTransactions: Ledger['listTransactions'] = async ({ types, sortOrder = 'desc', ...query }, range, call) =>
    get(inNetwork`/transactions`, schemas.transactions, call, {
      ...query,
      type: types,
      sortBy: 'timestamp',
      sortOrder,
      ...byOffset(range),
    });

  // Spydra reports no commits: they are polled for.
  const commits = new CommitPoller({ getTransaction, listTransactions });

  return {
    createAsset: ({ creatorWallet, metadata, ...order }, call) =>
      write('POST', inApp`/assets`, schemas.createdAsset, call, {
        schemaId: app.assetSchemaId,
        creatorWallet,
        asset: {
          ...order,
          ...asNumbers(order),
          status: 'draft',
          metadata: keyed(call, metadata, { createdAt: call.submittedAt, creator: creatorWallet }),
        },
      }),

    updateAsset: async ({ assetId, updaterWallet, updates }, call) => {
      const priced = await withPrice({ getAsset }, assetId, updates, call);
      return write('PUT', inApp`/assets/${assetId}`, schemas.updatedAsset, call, {
        assetId,
        updaterWallet,
        updates: {
          ...priced,
          ...asNumbers(priced),
          ...(priced.status === 'published' ? { publishedAt: call.submittedAt } : {}),
          metadata: keyed(call, priced.metadata, { updatedAt: call.submittedAt, updatedBy: updaterWallet }),
        },
      });
    },

    mint: ({ metadata, ...order }, call) =>
      write('POST', inApp`/tokens/mint`, schemas.changedBalance, call, {
        ...order,
        metadata: keyed(call, metadata, { mintedAt: call.submittedAt, minter: order.minterWallet }),
      }),

    burn: ({ metadata, ...order }, call) =>
      write('POST', inApp`/tokens/burn`, schemas.changedBalance, call, {
        ...order,
        metadata: keyed(call, metadata, { burnedAt: call.submittedAt, burner: order.burnerWallet }),
      }),

    transfer: ({ metadata, ...order }, call) =>
      write('POST', inApp`/tokens/transfer`, schemas.transferred, call, {
        ...order,
        metadata: keyed(call, metadata, { transferredAt: call.submittedAt }),
      }),

    addMetadata: (assetId, metadata, call) =>
      write('POST', inApp`/metadata`, schemas.addedMetadata, call, {
        assetId,
        metadata: keyed(call, metadata),
        timestamp: call.submittedAt,
      }),

    getAsset,

    listAssets: async (query, range, call) =>
      get(inApp`/assets`, schemas.assets, call, { ...query, ...byOffset(range) }),

    getBalances: (walletId, assetId, call) => get(inApp`/balances/${walletId}`, schemas.balances, call, { assetId }),

    getTransaction,

    waitForTransaction: (transactionId, call, isFresh = false) => commits.wait(transactionId, call, isFresh),

    listTransactions,

    getHoldings: (assetId, call, earlier) => readHoldings({ listTransactions }, assetId, call, earlier),

    getMetadata: (metadataId, call) => get(inApp`/metadata/${metadataId}`, schemas.gotMetadata, call),
  };
}

/** Adds key, fingerprint and call id: a server that ignores the header still shows them in the record. */
function keyed(call: WriteCall, given: Metadata | undefined, ours: Metadata = {}): Metadata {
  const { idempotencyKey, fingerprint, callId } = call;
  return { ...given, ...ours, [KEY]: idempotencyKey, [FINGERPRINT]: fingerprint, [CALL]: callId };
}

/** @throws InvalidInputError for a cursor, which the server would ignore. */
function byOffset({ limit, offset, cursor }: Range) {
  if (cursor === undefined) return { limit, offset };
  throw new InvalidInputError([{ field: 'cursor', message: 'is not known to this ledger, which pages by offset' }]);
}

/** Money goes out as JSON numbers, with every digit. */
function asNumbers({ totalValue, pricePerToken }: Pick<UpdateOrder['updates'], 'totalValue' | 'pricePerToken'>) {
  return {
    ...(totalValue === undefined ? {} : { totalValue: jsonNumber(totalValue) }),
    ...(pricePerToken === undefined ? {} : { pricePerToken: jsonNumber(pricePerToken) }),
  };
}
