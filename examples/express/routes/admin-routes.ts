import { jsonNumber, type SpydraClient } from 'spydra-sdk';
import type { MountRoute } from '../access/guarded-routes.js';
import { ensureOwnWallet } from '../access/own-wallet.js';
import { sendData } from '../answers/envelope.js';
import { assetRecord } from '../answers/records.js';
import { jsonBody } from '../requests/json-body.js';
import { readRequest } from '../requests/read-request.js';
import * as requests from '../requests/requests.js';
import { writeOptions } from './call-options.js';

/** The routes that write to the ledger. Each answers once the write is committed. */
export function adminRoutes(mount: MountRoute, spydra: SpydraClient): void {
  mount('POST /assets', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.createAsset);
    const input = { ...body.asset, creatorWallet: body.creatorWallet };
    const { assetId, transactionId, asset } = await spydra.assets.create(input, writeOptions(request, response));
    sendData(response.status(201), { data: { assetId, transactionId, asset: assetRecord(asset) } });
  });

  mount('PUT /assets/:assetId', jsonBody, async (request, response) => {
    const { params, body } = readRequest(request, requests.updateAsset);
    const updated = await spydra.assets.update(params.assetId, body, writeOptions(request, response));
    const { assetId, transactionId, asset } = updated;
    sendData(response, { data: { assetId, transactionId, asset: assetRecord(asset) } });
  });

  mount('POST /assets/:assetId/publish', jsonBody, async (request, response) => {
    const { params, body } = readRequest(request, requests.publishAsset);
    const published = await spydra.assets.publish(params.assetId, body, writeOptions(request, response));
    const { assetId, transactionId, asset } = published;
    sendData(response, { data: { assetId, transactionId, asset: assetRecord(asset) } });
  });

  mount('POST /assets/:assetId/metadata', jsonBody, async (request, response) => {
    const { params, body } = readRequest(request, requests.addMetadata);
    const added = await spydra.assets.addMetadata(params.assetId, body.metadata, writeOptions(request, response));
    const { metadataId, assetId } = added;
    sendData(response.status(201), { data: { metadataId, assetId } });
  });

  mount('POST /tokens/mint', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.mint);
    const minted = await spydra.tokens.mint(body, writeOptions(request, response));
    const { transactionId, assetId, recipientWallet, amount, newBalance } = minted;
    sendData(response.status(201), { data: { transactionId, assetId, recipientWallet, amount, newBalance } });
  });

  mount('POST /tokens/burn', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.burn);
    const burned = await spydra.tokens.burn(body, writeOptions(request, response));
    const { transactionId, assetId, holderWallet, amount, newBalance } = burned;
    sendData(response, { data: { transactionId, assetId, holderWallet, amount, newBalance } });
  });

  mount('POST /tokens/transfer', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.transfer);
    const moved = await spydra.tokens.transfer(body, writeOptions(request, response));
    const { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance } = moved;
    sendData(response, { data: { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance } });
  });

  mount('POST /tokens/purchase', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.purchase);
    ensureOwnWallet(response, body.buyerWallet);
    const sold = await spydra.tokens.purchase(body, writeOptions(request, response));
    const { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance } = sold;
    const purchasePrice = jsonNumber(sold.purchasePrice);
    const totalValue = jsonNumber(sold.totalValue);
    const moved = { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance };
    sendData(response, { data: { ...moved, purchasePrice, totalValue } });
  });
}
