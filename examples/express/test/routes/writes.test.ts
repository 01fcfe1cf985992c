import { describe, expect, it } from 'vitest';
import { adapterOnSandbox } from '../helpers/adapter.js';
import { adapterWithAsset, FLAT, ID, TIME } from '../helpers/flat.js';

describe('the admin routes', () => {
  it('POST /assets', async () => {
    const { admin, call } = await adapterOnSandbox();
    const { status, body } = await admin('POST /assets', { body: { asset: FLAT, creatorWallet: 'treasury' } });
    expect(status).toBe(201);
    const asset = {
      ...FLAT,
      assetId: ID,
      pricePerToken: 52.5,
      status: 'draft',
      metadata: {
        rooms: 2,
        createdAt: TIME,
        creator: 'treasury',
      },
    };
    expect(body).toEqual({ success: true, data: { assetId: ID, transactionId: ID, asset } });
    const { assetId } = (body as { data: { assetId: string } }).data;
    expect((await call(`GET /assets/${assetId}`)).body).toEqual({ success: true, data: asset });
  });

  it('PUT /assets/:id', async () => {
    const { admin, call, assetId } = await adapterWithAsset();
    const change = { updates: { totalValue: 540_000, description: 'A better flat' }, updaterWallet: 'treasury' };
    const { status, body } = await admin(`PUT /assets/${assetId}`, { body: change });
    expect(status).toBe(200);
    const asset = expect.objectContaining({
      ...FLAT,
      ...change.updates,
      assetId,
      pricePerToken: 54,
      metadata: expect.anything(),
    });
    expect(body).toEqual({ success: true, data: { assetId, transactionId: ID, asset } });
    expect((await call(`GET /assets/${assetId}`)).body).toEqual({ success: true, data: asset });
  });

  it('POST /assets/:id/publish', async () => {
    const { admin, call, seeded } = await adapterOnSandbox();
    const assetId = seeded.assets[2]?.assetId;
    const { status, body } = await admin(`POST /assets/${assetId}/publish`, { body: { publisherWallet: 'treasury' } });
    expect(status).toBe(200);
    const asset = expect.objectContaining({ assetId, status: 'published', publishedAt: TIME });
    expect(body).toEqual({ success: true, data: { assetId, transactionId: ID, asset } });
    expect((await call('GET /assets')).body).toMatchObject({ total: 3 });
  });

  it('POST /assets/:id/metadata', async () => {
    const { admin, spydra, seeded } = await adapterOnSandbox();
    const assetId = seeded.assets[0]?.assetId;
    const { status, body } = await admin(`POST /assets/${assetId}/metadata`, {
      body: { metadata: { deed: 'sha256:4f' } },
    });
    expect(status).toBe(201);
    expect(body).toEqual({ success: true, data: { metadataId: ID, assetId } });
    const { metadataId } = (body as { data: { metadataId: string } }).data;
    await expect.poll(() => spydra.assets.getMetadata(metadataId)).toMatchObject({ deed: 'sha256:4f' });
  });

  it('POST /tokens/mint', async () => {
    const { admin, call, assetId } = await adapterWithAsset();
    const order = { assetId, recipientWallet: 'treasury', amount: 500 };
    const { status, body } = await admin('POST /tokens/mint', { body: { ...order, metadata: { batch: 2 } } });
    expect(status).toBe(201);
    expect(body).toEqual({ success: true, data: { transactionId: ID, ...order, newBalance: 1_500 } });

    const byAdmin = await admin('POST /tokens/mint', { body: { ...order, amount: '1', minterWallet: 'admin' } });
    expect(byAdmin.body).toMatchObject({ data: { amount: 1, newBalance: 1_501 } });
    const { body: history } = await call(`GET /assets/${assetId}/history`);
    expect(history).toMatchObject({
      data: [{ actor: 'admin' }, { actor: 'treasury', metadata: { batch: 2 } }, {}, {}, {}],
    });
  });

  it('POST /tokens/burn', async () => {
    const { admin, call, assetId } = await adapterWithAsset();
    const order = { assetId, holderWallet: 'treasury', amount: 400 };
    const { status, body } = await admin('POST /tokens/burn', {
      body: { ...order, burnerWallet: 'admin', reason: 'redeemed' },
    });
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, data: { transactionId: ID, ...order, newBalance: 600 } });
    const { body: history } = await call('GET /wallets/treasury/transactions?limit=1');
    expect(history).toMatchObject({ data: [{ type: 'burn', actor: 'admin', metadata: { reason: 'redeemed' } }] });
  });

  it('POST /tokens/transfer', async () => {
    const { admin, call, assetId } = await adapterWithAsset();
    const order = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 100 };
    const { status, body } = await admin('POST /tokens/transfer', { body: { ...order, metadata: { note: 'gift' } } });
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, data: { transactionId: ID, ...order, fromBalance: 900, toBalance: 100 } });
    const { body: history } = await call('GET /wallets/alice/transactions');
    expect(history).toMatchObject({ data: [{ type: 'transfer', metadata: { note: 'gift' } }] });
  });

  it.each([
    ['sellerWallet and buyerWallet', { sellerWallet: 'treasury', buyerWallet: 'alice' }],
    ['seller and buyer', { seller: 'treasury', buyer: 'alice' }],
    ['all four', { seller: 'treasury', buyer: 'alice', sellerWallet: 'treasury', buyerWallet: 'alice' }],
  ])('POST /tokens/purchase with %s', async (_names, wallets) => {
    const { admin, call, assetId } = await adapterWithAsset();
    const { status, body } = await admin('POST /tokens/purchase', {
      body: { assetId, ...wallets, amount: 4, price: 52.5, paymentMethod: 'card' },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: {
        transactionId: ID,
        assetId,
        fromWallet: 'treasury',
        toWallet: 'alice',
        amount: 4,
        fromBalance: 996,
        toBalance: 4,
        purchasePrice: 52.5,
        totalValue: 210,
      },
    });
    const { body: history } = await call('GET /wallets/alice/transactions');
    const metadata = { purchasePrice: 52.5, totalValue: 210, paymentMethod: 'card', purchaseType: 'sale' };
    expect(history).toMatchObject({ data: [{ type: 'transfer', metadata }] });
  });
});
