import { describe, expect, it } from 'vitest';
import { adapterOnSandbox } from '../helpers/adapter.js';
import { adapterWithAsset, FLAT } from '../helpers/flat.js';

describe('all digits', () => {
  const HUGE = '1000000000000000000000000000001';

  it('of amounts are kept in JSON numbers of requests and responses', async () => {
    const { admin, call } = await adapterOnSandbox();
    const created = await admin('POST /assets', {
      body: `{"asset":{"name":"Sand","symbol":"S","description":"Grains","assetType":"commodity","totalValue":1,"totalSupply":${HUGE}},"creatorWallet":"w"}`,
    });
    expect(created.text).toContain(`"totalSupply":${HUGE}`);
    const { assetId } = (created.body as { data: { assetId: string } }).data;

    const minted = await admin('POST /tokens/mint', {
      body: `{"assetId":"${assetId}","recipientWallet":"w","amount":${HUGE}}`,
    });
    expect(minted.status).toBe(201);
    expect(minted.text).toContain(`"amount":${HUGE},"newBalance":${HUGE}`);
    expect((await call('GET /wallets/w/balance')).text).toContain(`"balance":${HUGE}`);
    expect((await call(`GET /tokens/${assetId}/holders`)).text).toContain(`[{"wallet":"w","balance":${HUGE}}]`);
    expect((await call(`GET /tokens/${assetId}/supply`)).text).toContain(`"circulatingSupply":${HUGE}`);
    expect((await call(`GET /assets/${assetId}/history`)).text).toContain(`"amount":${HUGE}`);
  });

  it('of money are kept in JSON numbers of requests and responses', async () => {
    const { admin, call } = await adapterOnSandbox();
    const asset = { ...FLAT, totalValue: 100, totalSupply: 3 };
    const created = await admin('POST /assets', { body: { asset, creatorWallet: 'w' } });
    expect(created.text).toContain('"pricePerToken":33.333333333333333333');
    const { assetId } = (created.body as { data: { assetId: string } }).data;
    expect((await call(`GET /assets/${assetId}`)).text).toContain('"pricePerToken":33.333333333333333333');

    await admin('POST /tokens/mint', { body: { assetId, recipientWallet: 'w', amount: 3 } });
    const sold = await admin('POST /tokens/purchase', {
      body: `{"assetId":"${assetId}","seller":"w","buyer":"alice","amount":3,"price":33.333333333333333333}`,
    });
    const sale = '"purchasePrice":33.333333333333333333,"totalValue":99.999999999999999999';
    expect(sold.text).toContain(sale);
    expect((await call('GET /wallets/alice/transactions')).text).toContain(sale);
    expect((await call(`GET /assets/${assetId}/history`)).text).toContain(sale);
  });

  it('of an update are kept', async () => {
    const { admin, assetId } = await adapterWithAsset();
    const { text } = await admin(`PUT /assets/${assetId}`, {
      body: '{"updates":{"totalValue":123456789012345678.123456789,"totalSupply":1e30},"updaterWallet":"w"}',
    });
    expect(text).toContain('"totalValue":123456789012345678.123456789');
    expect(text).toContain(`"totalSupply":1${'0'.repeat(30)}`);
  });
});
