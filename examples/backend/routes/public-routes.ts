import type { Response } from 'express';
import type { SpydraClient, TransactionRecord } from 'spydra-sdk';
import type { MountRoute } from '../access/guarded-routes.js';
import { send, sendData } from '../answers/envelope.js';
import { assetRecord, transactionRecord } from '../answers/records.js';
import { requestIdOf } from '../answers/request-id.js';
import { readRequest } from '../requests/read-request.js';
import * as requests from '../requests/requests.js';
import { readOptions } from './call-options.js';

/** The deadline of the health check in milliseconds. */
const HEALTH_DEADLINE = 5_000;

/** The maximum length of a history, and the page size for reading it. */
const LONGEST_HISTORY = { maxItems: 10_000, limit: 1_000 };

/** The routes that read. */
export function publicRoutes(mount: MountRoute, spydra: SpydraClient): void {
  mount('GET /health', async (_request, response) => {
    const { healthy, message } = await spydra.health({ ...readOptions(response), deadline: HEALTH_DEADLINE });
    const failure = { error: message, code: 'UPSTREAM_UNAVAILABLE', requestId: requestIdOf(response) };
    response.status(healthy ? 200 : 503);
    send(response, { success: healthy, spydra: { healthy, message }, ...(healthy ? {} : failure) });
  });

  mount('GET /assets', async (request, response) => {
    const { query } = readRequest(request, requests.listAssets);
    const page = await spydra.assets.list({ ...query, status: 'published' }, readOptions(response));
    const { items, total, limit, offset } = page;
    sendData(response, { data: items.map(assetRecord), count: items.length, total, limit, offset });
  });

  mount('GET /assets/:assetId', async (request, response) => {
    const { params } = readRequest(request, requests.asset);
    const asset = await spydra.assets.get(params.assetId, readOptions(response));
    sendData(response, { data: assetRecord(asset) });
  });

  mount('GET /assets/:assetId/history', async (request, response) => {
    const { params } = readRequest(request, requests.asset);
    const history: TransactionRecord[] = [];
    for await (const record of spydra.assets.history(params.assetId, LONGEST_HISTORY, readOptions(response))) {
      history.push(record);
    }
    if (history.length === 0) await ensureAsset(spydra, params.assetId, response);
    sendData(response, { data: history.map(transactionRecord), count: history.length });
  });

  mount('GET /tokens/:assetId/holders', async (request, response) => {
    const { params } = readRequest(request, requests.asset);
    const holders = await spydra.tokens.holders(params.assetId, readOptions(response));
    if (holders.length === 0) await ensureAsset(spydra, params.assetId, response);
    sendData(response, { data: holders, count: holders.length });
  });

  mount('GET /tokens/:assetId/supply', async (request, response) => {
    const { params } = readRequest(request, requests.asset);
    const supply = await spydra.tokens.supply(params.assetId, readOptions(response));
    if (supply.totalMinted === 0n) await ensureAsset(spydra, params.assetId, response);
    sendData(response, { data: supply });
  });

  mount('GET /wallets/:walletId/balance', async (request, response) => {
    const { params, query } = readRequest(request, requests.walletBalance);
    const { walletId, balances, totalAssets } = await spydra.wallets.balance(
      params.walletId,
      query,
      readOptions(response),
    );
    const named = balances.map(({ assetId, assetName = '', balance }) => ({ assetId, assetName, balance }));
    sendData(response, { data: { walletId, balances: named, totalAssets } });
  });

  mount('GET /wallets/:walletId/transactions', async (request, response) => {
    const { params, query } = readRequest(request, requests.walletTransactions);
    const { items, total } = await spydra.wallets.transactions(params.walletId, query, readOptions(response));
    sendData(response, { data: items.map(transactionRecord), count: items.length, total });
  });
}

/**
 * Distinguishes an asset without transactions from one that does not exist. Called for empty results only, so that
 * other requests do not cost a read.
 *
 * @throws NotFoundError
 */
async function ensureAsset(spydra: SpydraClient, assetId: string, response: Response): Promise<void> {
  await spydra.assets.get(assetId, readOptions(response));
}
