import { json, type Script } from '../../../../test/helpers/scripted-server.js';

/** The routes that write, each with a body that is right. */
export const WRITES: Readonly<Record<string, object>> = {
  'POST /assets': {
    asset: { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 },
    creatorWallet: 'w1',
  },
  'PUT /assets/a1': { updates: { name: 'n' }, updaterWallet: 'w1' },
  'POST /assets/a1/publish': { publisherWallet: 'w1' },
  'POST /assets/a1/metadata': { metadata: {} },
  'POST /tokens/mint': { assetId: 'a1', recipientWallet: 'w1', amount: 5 },
  'POST /tokens/burn': { assetId: 'a1', holderWallet: 'w1', burnerWallet: 'w1', amount: 1 },
  'POST /tokens/transfer': { assetId: 'a1', fromWallet: 'w2', toWallet: 'w1', amount: 1 },
  'POST /tokens/purchase': { assetId: 'a1', sellerWallet: 'w2', buyerWallet: 'w1', amount: 1, price: 1 },
};

/** What may be bought of it: tokens of `a1`, for 1 dollar. */
const OFFERED = { assetId: 'a1', name: 'A', totalValue: 10, totalSupply: 10, pricePerToken: 1, status: 'published' };

/** A Spydra that has heard of nothing but an asset and refuses every write: what gets as far as this is answered 409. */
export const refusingWrites: Script = (request, response) => {
  if (request.method === 'GET' && request.path.endsWith('/assets/a1')) json(response, 200, { asset: OFFERED });
  else if (request.method === 'GET') json(response, 200, { transactions: [], total: 0 });
  else json(response, 409, { code: 'SUPPLY_EXCEEDED' });
};
