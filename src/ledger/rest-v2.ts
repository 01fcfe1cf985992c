import type { Call, WriteCall } from '../call.js';
import { jsonNumber } from '../http/json.js';
import { type Path, pathsBelow } from '../http/path.js';
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
  const network = pathsBelow('')`/projects/${place.projectId}/networks/${place.networkId}`;
  const inNetwork = pathsBelow(network.path);
  const inApp = pathsBelow(inNetwork`/apps/${place.appId}`.path);

  const get = <T>(
    at: Path,
    schema: ApiRequest<T>['schema'],
    call: Call,
    query: ApiRequest<T>['query'] = {},
    about: Partial<T> = {},
  ) => transport.send({ method: 'GET', ...at, query, schema, about }, call);

  const write = <T>(method: 'POST' | 'PUT', at: Path, schema: ApiRequest<T>['schema'], call: WriteCall, body: object) =>
    transport.send({ method, ...at, body, schema, idempotencyKey: call.idempotencyKey }, call);

  return {
    createAsset: ({ creatorWallet, metadata, ...order }, call) =>
      write('POST', inApp`/assets`, wire.createdAsset, call, {
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
      write('PUT', inApp`/assets/${assetId}`, wire.updatedAsset, call, {
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
      write('POST', inApp`/tokens/mint`, wire.changedBalance, call, {
        ...order,
        metadata: keyed(call, metadata, { mintedAt: call.submittedAt, minter: order.minterWallet }),
      }),

    burn: ({ metadata, ...order }, call) =>
      write('POST', inApp`/tokens/burn`, wire.changedBalance, call, {
        ...order,
        metadata: keyed(call, metadata, { burnedAt: call.submittedAt, burner: order.burnerWallet }),
      }),

    transfer: ({ metadata, ...order }, call) =>
      write('POST', inApp`/tokens/transfer`, wire.transferred, call, {
        ...order,
        metadata: keyed(call, metadata, { transferredAt: call.submittedAt }),
      }),

    addMetadata: (assetId, metadata, call) =>
      write('POST', inApp`/metadata`, wire.addedMetadata, call, {
        assetId,
        metadata: keyed(call, metadata),
        timestamp: call.submittedAt,
      }),

    getAsset: (assetId, call) => get(inApp`/assets/${assetId}`, wire.gotAsset, call, {}, { assetId }),

    listAssets: (query, range, call) => get(inApp`/assets`, wire.assets, call, { ...query, ...range }),

    getBalances: (walletId, assetId, call) => get(inApp`/balances/${walletId}`, wire.balances, call, { assetId }),

    getTransaction: (transactionId, call) =>
      get(inNetwork`/transactions/${transactionId}`, wire.gotTransaction, call, {}, { transactionId }),

    listTransactions: ({ types, sortOrder = 'desc', ...query }, range, call) =>
      get(inNetwork`/transactions`, wire.transactions, call, {
        ...query,
        type: types,
        sortBy: 'timestamp',
        sortOrder,
        ...range,
      }),

    getMetadata: (metadataId, call) => get(inApp`/metadata/${metadataId}`, wire.gotMetadata, call),
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
