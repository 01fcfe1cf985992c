import { InvalidInputError, jsonNumber, type SpydraClient } from 'spydra-sdk';
import { callerOf } from '../access/caller.js';
import type { MountRoute } from '../access/guarded-routes.js';
import { priceOf } from '../access/offers.js';
import { ensureOwnWallet } from '../access/own-wallet.js';
import { sendData } from '../answers/envelope.js';
import { documentUnknown } from '../answers/outcome-unknown.js';
import { assetRecord } from '../answers/records.js';
import { jsonBody } from '../requests/json-body.js';
import { readRequest } from '../requests/read-request.js';
import * as requests from '../requests/requests.js';
import type { RunWrite } from '../writes/run-write.js';
import { readOptions, writeOptions } from './call-options.js';

/** Dependencies of the routes that write, besides the ledger. */
export interface WriteRoutesOptions {
  readonly run: RunWrite;
  /** Wallets that investors may buy from, besides the creator of the asset. */
  readonly sellers: readonly string[];
}

/** The routes that write to the ledger. Each responds when the write is committed. */
export function adminRoutes(mount: MountRoute, spydra: SpydraClient, { run, sellers }: WriteRoutesOptions): void {
  mount('POST /assets', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.createAsset);
    const input = { ...body.asset, creatorWallet: body.creatorWallet };
    const created = await run({ request, response }, (options) =>
      spydra.assets.create(input, options).catch(throwAsInBody),
    );
    const { assetId, transactionId, asset } = created;
    sendData(response.status(201), { data: { assetId, transactionId, asset: assetRecord(asset) } });
  });

  mount('PUT /assets/:assetId', jsonBody, async (request, response) => {
    const { params, body } = readRequest(request, requests.updateAsset);
    const updated = await run({ request, response, ...params }, (options) =>
      spydra.assets.update(params.assetId, body, options),
    );
    const { assetId, transactionId, asset } = updated;
    sendData(response, { data: { assetId, transactionId, asset: assetRecord(asset) } });
  });

  mount('POST /assets/:assetId/publish', jsonBody, async (request, response) => {
    const { params, body } = readRequest(request, requests.publishAsset);
    const published = await run({ request, response, ...params }, (options) =>
      spydra.assets.publish(params.assetId, body, options),
    );
    const { assetId, transactionId, asset } = published;
    sendData(response, { data: { assetId, transactionId, asset: assetRecord(asset) } });
  });

  mount('POST /assets/:assetId/metadata', jsonBody, async (request, response) => {
    const { params, body } = readRequest(request, requests.addMetadata);
    // A document has no transaction that another request could find.
    const added = await spydra.assets.addMetadata(params.assetId, body.metadata, writeOptions(request, response));
    const { metadataId, assetId } = added;
    if (added.status === 'pending') throw documentUnknown(metadataId);
    sendData(response.status(201), { data: { metadataId, assetId } });
  });

  mount('POST /tokens/mint', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.mint);
    const minted = await run({ request, response, assetId: body.assetId }, (options) =>
      spydra.tokens.mint(body, options),
    );
    const { transactionId, assetId, recipientWallet, amount, newBalance } = minted;
    sendData(response.status(201), { data: { transactionId, assetId, recipientWallet, amount, newBalance } });
  });

  mount('POST /tokens/burn', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.burn);
    const burned = await run({ request, response, assetId: body.assetId }, (options) =>
      spydra.tokens.burn(body, options),
    );
    const { transactionId, assetId, holderWallet, amount, newBalance } = burned;
    sendData(response, { data: { transactionId, assetId, holderWallet, amount, newBalance } });
  });

  mount('POST /tokens/transfer', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.transfer);
    const moved = await run({ request, response, assetId: body.assetId }, (options) =>
      spydra.tokens.transfer(body, options),
    );
    const { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance } = moved;
    sendData(response, { data: { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance } });
  });

  mount('POST /tokens/purchase', jsonBody, async (request, response) => {
    const { body } = readRequest(request, requests.purchase);
    ensureOwnWallet(response, body.buyerWallet);
    const isAdmin = callerOf(response).role === 'admin';
    const sold = await run({ request, response, assetId: body.assetId }, async (options) => {
      const { idempotencyKey } = options;
      const price = await priceOf(spydra, body, { isAdmin, sellers, idempotencyKey, reading: readOptions(response) });
      return spydra.tokens.purchase({ ...body, price }, options);
    });
    const { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance } = sold;
    const purchasePrice = jsonNumber(sold.purchasePrice);
    const totalValue = jsonNumber(sold.totalValue);
    const moved = { transactionId, assetId, fromWallet, toWallet, amount, fromBalance, toBalance };
    sendData(response, { data: { ...moved, purchasePrice, totalValue } });
  });
}

/** Renames the fields in the SDK's problems with a new asset: in the body they are nested in `asset`. */
function throwAsInBody(error: unknown): never {
  if (!(error instanceof InvalidInputError)) throw error;
  const named = (field: string) => (field === 'creatorWallet' ? field : `asset.${field}`);
  throw new InvalidInputError(error.problems.map(({ field, message }) => ({ field: named(field), message })));
}
