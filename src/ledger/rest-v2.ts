import type { Call, WriteCall } from '../call.js';
import { jsonNumber } from '../http/json.js';
import { path } from '../http/path.js';
import type { ApiRequest } from '../http/request.js';
import type { Transport } from '../http/transport.js';
import type { Settings } from '../options.js';
import type { Ledger, Metadata, UpdateOrder } from './ledger.js';
import { CALL, FINGERPRINT, KEY } from './trace.js';
import * as wire from './wire-v2.js';

/** What Spydra can be asked for: not for commits, and not for who holds an asset. */
type Spydra = Omit<Ledger, 'waitForTransaction' | 'getHoldings'>;

/** Where in Spydra the client works. */
type Place = Pick<Settings, 'projectId' | 'networkId' | 'appId' | 'assetSchemaId'>;

/** Spydra REST v2 behind the {@link Ledger} port: paths, bodies and the answers' schemas. */
export function restV2(transport: Transport, place: Place): Spydra {
  const network = path`/projects/${place.projectId}/networks/${place.networkId}`;
  const app = network + path`/apps/${place.appId}`;

  const get = <T>(
    at: string,
    schema: ApiRequest<T>['schema'],
    call: Call,
    query: ApiRequest<T>['query'] = {},
    about: Partial<T> = {},
  ) => transport.send({ method: 'GET', path: at, query, schema, about }, call);

  const write = <T>(
    method: 'POST' | 'PUT',
    at: string,
    schema: ApiRequest<T>['schema'],
    call: WriteCall,
    body: object,
  ) => transport.send({ method, path: at, body, schema, idempotencyKey: call.idempotencyKey }, call);

  return {
    createAsset: ({ creatorWallet, metadata, ...order }, call) =>
      write('POST', `${app}/assets`, wire.createdAsset, call, {
        schemaId: place.assetSchemaId,
        creatorWallet,
        asset: {
          ...order,
          ...asNumbers(order),
          status: 'draft',
          metadata: keyed(call, metadata, { createdAt: call.submittedAt, creator: creatorWallet }),
        },
      }),

    updateAsset: ({ assetId, updaterWallet, updates }, call) =>
      write('PUT', app + path`/assets/${assetId}`, wire.updatedAsset, call, {
        assetId,
        updaterWallet,
        updates: {
          ...updates,
          ...asNumbers(updates),
          ...(updates.status === 'published' ? { publishedAt: call.submittedAt } : {}),
          metadata: keyed(call, updates.metadata, { updatedAt: call.submittedAt, updatedBy: updaterWallet }),
        },
      }),

    mint: ({ metadata, ...order }, call) =>
      write('POST', `${app}/tokens/mint`, wire.changedBalance, call, {
        ...order,
        metadata: keyed(call, metadata, { mintedAt: call.submittedAt, minter: order.minterWallet }),
      }),

    burn: ({ metadata, ...order }, call) =>
      write('POST', `${app}/tokens/burn`, wire.changedBalance, call, {
        ...order,
        metadata: keyed(call, metadata, { burnedAt: call.submittedAt, burner: order.burnerWallet }),
      }),

    transfer: ({ metadata, ...order }, call) =>
      write('POST', `${app}/tokens/transfer`, wire.transferred, call, {
        ...order,
        metadata: keyed(call, metadata, { transferredAt: call.submittedAt }),
      }),

    addMetadata: (assetId, metadata, call) =>
      write('POST', `${app}/metadata`, wire.addedMetadata, call, {
        assetId,
        metadata: keyed(call, metadata),
        timestamp: call.submittedAt,
      }),

    getAsset: (assetId, call) => get(app + path`/assets/${assetId}`, wire.gotAsset, call, {}, { assetId }),

    listAssets: (query, range, call) => get(`${app}/assets`, wire.assets, call, { ...query, ...range }),

    getBalances: (walletId, assetId, call) => get(app + path`/balances/${walletId}`, wire.balances, call, { assetId }),

    getTransaction: (transactionId, call) =>
      get(network + path`/transactions/${transactionId}`, wire.gotTransaction, call, {}, { transactionId }),

    listTransactions: ({ types, sortOrder = 'desc', ...query }, range, call) =>
      get(`${network}/transactions`, wire.transactions, call, {
        ...query,
        type: types,
        sortBy: 'timestamp',
        sortOrder,
        ...range,
      }),

    getMetadata: (metadataId, call) => get(app + path`/metadata/${metadataId}`, wire.gotMetadata, call),
  };
}

/** Key, fingerprint and call stand in the record too: there they are found on a server that ignores the header. */
function keyed(call: WriteCall, given: Metadata | undefined, ours: Metadata = {}): Metadata {
  const { idempotencyKey, fingerprint, callId } = call;
  return { ...given, ...ours, [KEY]: idempotencyKey, [FINGERPRINT]: fingerprint, [CALL]: callId };
}

/** Money goes out as JSON numbers, with every digit. */
function asNumbers({ totalValue, pricePerToken }: Pick<UpdateOrder['updates'], 'totalValue' | 'pricePerToken'>) {
  return {
    ...(totalValue === undefined ? {} : { totalValue: jsonNumber(totalValue) }),
    ...(pricePerToken === undefined ? {} : { pricePerToken: jsonNumber(pricePerToken) }),
  };
}
