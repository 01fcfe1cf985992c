import { describe, expect, it } from 'vitest';
import { adapterOnSandbox } from '../helpers/adapter.js';
import { adapterWithAsset, FLAT, ID, TIME } from '../helpers/flat.js';

describe('the public routes', () => {
  it('GET /health', async () => {
    const { call, spydra } = await adapterOnSandbox();
    const { status, headers, body } = await call('GET /health');
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({ success: true, spydra: { healthy: true, message: expect.any(String) } });

    await spydra.close();
    const ill = await call('GET /health');
    expect(ill.status).toBe(503);
    expect(ill.body).toEqual({
      success: false,
      spydra: { healthy: false, message: expect.any(String) },
      error: expect.any(String),
      code: 'UPSTREAM_UNAVAILABLE',
      requestId: ill.headers.get('X-Request-Id'),
    });
  });

  it('GET /assets lists published assets in pages', async () => {
    const { call, seeded } = await adapterOnSandbox();
    const [home, art] = seeded.assets;
    const homeRecord = {
      assetId: home?.assetId,
      name: 'Harbour View Residences',
      symbol: 'HVR',
      description: 'Forty flats by the harbour.',
      assetType: 'real-estate',
      totalValue: 5_000_000,
      totalSupply: 100_000,
      pricePerToken: 50,
      status: 'published',
      metadata: {},
      publishedAt: TIME,
    };

    const all = await call('GET /assets');
    expect(all.status).toBe(200);
    expect(all.body).toEqual({
      success: true,
      data: [homeRecord, expect.objectContaining({ assetId: art?.assetId, totalValue: 1_250_000 })],
      count: 2,
      total: 2,
      limit: 100,
      offset: 0,
    });

    const second = await call('GET /assets?limit=1&offset=1');
    expect(second.body).toMatchObject({ data: [{ assetId: art?.assetId }], count: 1, total: 2, limit: 1, offset: 1 });
    const homes = await call('GET /assets?assetType=real-estate');
    expect(homes.body).toMatchObject({ data: [homeRecord], count: 1, total: 1 });
    expect((await call('GET /assets?assetType=ship')).body).toMatchObject({ data: [], count: 0, total: 0 });
  });

  it('GET /assets/:id returns the asset with all its fields', async () => {
    const { call, assetId } = await adapterWithAsset();
    const { status, body } = await call(`GET /assets/${assetId}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: {
        ...FLAT,
        assetId,
        pricePerToken: 52.5,
        status: 'published',
        publishedAt: TIME,
        metadata: {
          rooms: 2,
          createdAt: TIME,
          creator: 'treasury',
          updatedAt: TIME,
          updatedBy: 'treasury',
        },
      },
    });
  });

  it('GET /assets/:id/history returns transactions, newest first', async () => {
    const { call, assetId } = await adapterWithAsset();
    const { status, body } = await call(`GET /assets/${assetId}/history`);
    expect(status).toBe(200);
    const common = { transactionId: ID, status: 'COMMITTED', assetId, timestamp: TIME, actor: 'treasury' };
    // Without what the SDK finds a write by.
    const metadata = expect.not.objectContaining({ idempotencyKey: expect.anything() });
    expect(body).toEqual({
      success: true,
      data: [
        { ...common, type: 'mint', amount: 1_000, recipientWallet: 'treasury', metadata },
        { ...common, type: 'publish', metadata },
        { ...common, type: 'create', metadata },
      ],
      count: 3,
    });
  });

  it.each(['/assets/:id', '/assets/:id/history', '/tokens/:id/holders', '/tokens/:id/supply'])(
    'GET %s is 404 for an asset that does not exist, but not for one without transactions',
    async (route) => {
      const { call, admin } = await adapterOnSandbox();
      const nothing = await call(`GET ${route.replace(':id', 'nothing')}`);
      expect(nothing).toMatchObject({ status: 404, body: { success: false, code: 'NOT_FOUND' } });
      const { body } = await admin('POST /assets', { body: { asset: FLAT, creatorWallet: 'treasury' } });
      const { assetId } = (body as { data: { assetId: string } }).data;
      expect((await call(`GET ${route.replace(':id', assetId)}`)).status).toBe(200);
    },
  );

  it('optional fields may be null or empty texts', async () => {
    const { call, admin } = await adapterOnSandbox();
    const create = { asset: { ...FLAT, metadata: null }, creatorWallet: 'w' };
    const { body } = await admin('POST /assets', { body: create });
    const { assetId } = (body as { data: { assetId: string } }).data;
    const moved = { assetId, amount: 5 };
    const writes = [
      ['POST /tokens/mint', { ...moved, recipientWallet: 'w', metadata: null }],
      ['POST /tokens/burn', { ...moved, amount: 1, holderWallet: 'w', burnerWallet: 'w', reason: '' }],
      ['POST /tokens/burn', { ...moved, amount: 1, holderWallet: 'w', burnerWallet: 'w', reason: null }],
      ['POST /tokens/transfer', { ...moved, amount: 1, fromWallet: 'w', toWallet: 'v', metadata: null }],
      ['POST /tokens/purchase', { ...moved, amount: 1, seller: 'w', buyer: 'v', price: 1, paymentMethod: '' }],
    ] as const;
    for (const [route, sent] of writes)
      expect((await admin(route, { body: sent })).body).toMatchObject({ success: true });
    const nothing = await admin(`PUT /assets/${assetId}`, {
      body: { updates: { metadata: null }, updaterWallet: 'w' },
    });
    expect(nothing.status).toBe(400);
    const { text } = await call(`GET /assets/${assetId}/history`);
    expect(text).not.toMatch(/"(reason|paymentMethod|metadata)":(null|"")/);
  });

  it('GET /tokens/:assetId/holders, largest first', async () => {
    const { call, seeded } = await adapterOnSandbox();
    const { status, body } = await call(`GET /tokens/${seeded.assets[0]?.assetId}/holders`);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: [
        { wallet: 'wallet-treasury', balance: 98_500 },
        { wallet: 'wallet-alice', balance: 1_200 },
        { wallet: 'wallet-bob', balance: 300 },
      ],
      count: 3,
    });
  });

  it('GET /tokens/:assetId/supply', async () => {
    const { call, spydra, assetId } = await adapterWithAsset();
    await spydra.tokens.burn({ assetId, holderWallet: 'treasury', burnerWallet: 'treasury', amount: 10 });
    const { status, body } = await call(`GET /tokens/${assetId}/supply`);
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      data: { assetId, totalMinted: 1_000, totalBurned: 10, circulatingSupply: 990 },
    });
  });

  it('GET /wallets/:walletId/balance, of all assets or of one', async () => {
    const { call, seeded } = await adapterOnSandbox();
    const [home, art] = seeded.assets;
    const ofHome = { assetId: home?.assetId, assetName: 'Harbour View Residences', balance: 1_200 };
    const ofArt = { assetId: art?.assetId, assetName: 'Still Life with Lemons', balance: 40 };

    const all = await call('GET /wallets/wallet-alice/balance');
    expect(all.status).toBe(200);
    expect(all.body).toEqual({
      success: true,
      data: { walletId: 'wallet-alice', balances: [ofHome, ofArt], totalAssets: 2 },
    });
    const one = await call(`GET /wallets/wallet-alice/balance?assetId=${art?.assetId}`);
    expect(one.body).toMatchObject({ data: { balances: [ofArt], totalAssets: 1 } });
    const none = await call('GET /wallets/nobody/balance');
    expect(none.body).toEqual({ success: true, data: { walletId: 'nobody', balances: [], totalAssets: 0 } });
  });

  it('GET /wallets/:walletId/transactions, newest first, in pages', async () => {
    const { call, seeded } = await adapterOnSandbox();
    const [home, art] = seeded.assets;
    const bought = (assetId: string | undefined, amount: number) => ({
      transactionId: ID,
      type: 'transfer',
      status: 'COMMITTED',
      assetId,
      timestamp: TIME,
      actor: 'wallet-treasury',
      amount,
      fromWallet: 'wallet-treasury',
      toWallet: 'wallet-alice',
    });

    const all = await call('GET /wallets/wallet-alice/transactions');
    expect(all.status).toBe(200);
    expect(all.body).toEqual({
      success: true,
      data: [bought(art?.assetId, 40), bought(home?.assetId, 1_200)],
      count: 2,
      total: 2,
    });
    const second = await call('GET /wallets/wallet-alice/transactions?limit=1&offset=1');
    expect(second.body).toMatchObject({ data: [bought(home?.assetId, 1_200)], count: 1, total: 2 });
    const ofArt = await call(`GET /wallets/wallet-alice/transactions?assetId=${art?.assetId}`);
    expect(ofArt.body).toMatchObject({ data: [bought(art?.assetId, 40)], count: 1, total: 1 });
  });
});
