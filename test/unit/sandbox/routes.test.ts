import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../src/sandbox/index.js';
import {
  APP,
  ASSET,
  balance,
  burning,
  createAsset,
  creation,
  mint,
  minting,
  moving,
  NETWORK,
  start,
  transfer,
} from './harness.js';

const TX_ID = expect.stringMatching(/^[0-9a-f]{64}$/);

describe('every route returns its success body, field by field:', () => {
  test('create, get, update, publish', async () => {
    const { api } = start();
    const created = await api.post(`${APP}/assets`, creation());
    const assetId = created.body.assetId;
    expect(created.status).toBe(200);
    expect(created.body).toEqual({
      assetId: expect.stringMatching(/^asset-[0-9a-f]{64}$/),
      transactionId: TX_ID,
      asset: { ...ASSET, assetId },
    });
    expect((await api.get(`${APP}/assets/${assetId}`)).body).toEqual({ asset: { ...ASSET, assetId } });

    const updates = { name: 'Harbour View II', metadata: { updatedAt: 'now', updatedBy: 'owner', creator: 'other' } };
    const updated = await api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates });
    const metadata = { ...ASSET.metadata, ...updates.metadata };
    expect(updated.body).toEqual({
      transactionId: TX_ID,
      asset: { ...ASSET, assetId, name: 'Harbour View II', metadata },
    });

    const publication = { status: 'published', publishedAt: '2025-02-01T00:00:00.000Z' };
    const published = await api.put(`${APP}/assets/${assetId}`, {
      assetId,
      updaterWallet: 'owner',
      updates: publication,
    });
    const asset = { ...ASSET, assetId, name: 'Harbour View II', metadata, ...publication };
    expect(published.body).toEqual({ transactionId: TX_ID, asset });
    expect((await api.get(`${APP}/assets/${assetId}`)).body).toEqual({ asset });
  });

  test('list assets with filters, pages and total, in order of creation', async () => {
    const { api } = start();
    const ids: string[] = [];
    for (const [assetType, state] of [
      ['art', 'draft'],
      ['art', 'published'],
      ['vineyard', 'published'],
      ['art', 'published'],
    ]) {
      ids.push(await createAsset(api, { assetType, status: state }));
    }
    const listed = async (query: string) => {
      const { body } = await api.get(`${APP}/assets${query}`);
      return [(body.assets as { assetId: string }[]).map(({ assetId }) => ids.indexOf(assetId)), body.total];
    };
    expect(await listed('')).toEqual([[0, 1, 2, 3], 4]);
    expect(await listed('?assetType=art')).toEqual([[0, 1, 3], 3]);
    expect(await listed('?assetType=art&status=published')).toEqual([[1, 3], 2]);
    expect(await listed('?status=published&limit=1&offset=1')).toEqual([[2], 3]);
    expect(await listed('?offset=9')).toEqual([[], 4]);
    expect(await listed('?assetType=boat')).toEqual([[], 0]);
  });

  test('mint, burn, transfer, balances', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    const other = await createAsset(api, { name: 'Another' });
    const minted = await mint(api, assetId, 'alice', 100);
    expect([minted.status, minted.body]).toEqual([200, { transactionId: TX_ID, newBalance: 100 }]);
    expect((await transfer(api, assetId, 'alice', 'bob', 30)).body).toEqual({
      transactionId: TX_ID,
      fromBalance: 70,
      toBalance: 30,
    });
    expect((await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 20))).body).toEqual({
      transactionId: TX_ID,
      newBalance: 50,
    });
    await mint(api, other, 'alice', 7);
    expect((await api.get(`${APP}/balances/alice`)).body).toEqual({
      balances: [
        { assetId, assetName: 'Harbour View', balance: 50 },
        { assetId: other, assetName: 'Another', balance: 7 },
      ],
      totalAssets: 2,
    });
    expect((await api.get(`${APP}/balances/alice?assetId=${other}`)).body).toEqual({
      balances: [{ assetId: other, assetName: 'Another', balance: 7 }],
      totalAssets: 1,
    });
    expect((await api.get(`${APP}/balances/nobody`)).body).toEqual({ balances: [], totalAssets: 0 });
  });

  test('balances without those that returned to zero', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    await mint(api, assetId, 'alice', 5);
    await transfer(api, assetId, 'alice', 'bob', 5);
    expect((await api.get(`${APP}/balances/alice`)).body).toEqual({ balances: [], totalAssets: 0 });
    expect(await balance(api, assetId, 'bob')).toBe(5n);
  });

  test('transaction records', async () => {
    const { api } = start({ clock: manualClock(Date.UTC(2025, 4, 1)) });
    const assetId = await createAsset(api);
    const put = (updates: object) => api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates });
    const metadata = { note: 'as sent', nested: { list: [1, null, true, 'é'] } };
    const sale = { purchasePrice: 100, totalValue: 300, paymentMethod: 'card', purchaseType: 'sale' };
    const answers = [
      await put({ description: 'New', metadata }),
      await put({ status: 'published' }),
      await api.post(`${APP}/tokens/mint`, minting(assetId, 'alice', 10, metadata)),
      await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 2, { reason: 'test' })),
      await api.post(`${APP}/tokens/transfer`, { ...moving(assetId, 'alice', 'bob', 3), metadata: sale }),
    ];
    await api.post(`${APP}/metadata`, { assetId, metadata: { survey: 1 }, timestamp: '2025-05-01T00:00:00.000Z' });
    const common = { assetId, transactionId: TX_ID, status: 'COMMITTED', timestamp: '2025-05-01T00:00:00.000Z' };
    const records = [
      { ...common, type: 'create', actor: 'creator', metadata: ASSET.metadata },
      { ...common, type: 'update', actor: 'owner', metadata },
      { ...common, type: 'publish', actor: 'owner' },
      { ...common, type: 'mint', actor: 'minter', amount: 10, recipientWallet: 'alice', metadata },
      { ...common, type: 'burn', actor: 'burner', amount: 2, holderWallet: 'alice', metadata: { reason: 'test' } },
      { ...common, type: 'transfer', actor: 'alice', amount: 3, fromWallet: 'alice', toWallet: 'bob', metadata: sale },
      { ...common, type: 'metadata', metadata: { survey: 1 } },
    ];
    const { body } = await api.get(`${NETWORK}/transactions?sortBy=timestamp&sortOrder=asc`);
    expect(body).toEqual({ transactions: records, total: 7 });
    for (const [place, answer] of answers.entries()) {
      const single = await api.get(`${NETWORK}/transactions/${answer.body.transactionId}`);
      expect(single.body).toEqual({ ...records[place + 1], transactionId: answer.body.transactionId });
    }
  });

  test('metadata documents, unchanged', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    const metadata = { survey: { by: 'surveyor', pages: [1, 2] }, __proto__: null, empty: '' };
    const created = await api.post(`${APP}/metadata`, { assetId, metadata, timestamp: '2025-05-01T00:00:00.000Z' });
    expect([created.status, created.body]).toEqual([
      200,
      { metadataId: expect.stringMatching(/^metadata-[0-9a-f]{64}$/) },
    ]);
    const read = await api.get(`${APP}/metadata/${created.body.metadataId}`);
    expect(read.body).toEqual({ metadata: { ...metadata } });
  });
});

describe('paths', () => {
  test.each(['', '/v1', '/some/where/v2', '//v2', '/v2/v2', '/V2'])(
    'under the prefix "%s" get a 404 that names the base URL',
    async (prefix) => {
      const { sandbox } = start();
      const url = `http://anything.test:4010${prefix}${APP}/balances/alice`;
      for (const headers of [{ 'X-API-Key': 'sandbox-key' }, {}]) {
        const response = await sandbox.fetch(url, { headers: { ...headers } });
        const { code, message } = (await response.json()) as { code: string; message: string };
        expect([response.status, code]).toEqual([404, 'NOT_FOUND']);
        expect(message).toContain('SPYDRA_BASE_URL) is http://anything.test:4010/v2.');
      }
    },
  );

  test('below /v2 work with any host', async () => {
    const { sandbox } = start();
    const response = await sandbox.fetch(`http://anything.test/v2${APP}/balances/alice`, {
      headers: { 'X-API-Key': 'sandbox-key' },
    });
    expect(response.status).toBe(200);
  });

  test('are percent-decoded', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    const wallet = 'ä-b c%?#';
    await mint(api, assetId, wallet, 3);
    expect(await balance(api, assetId, wallet)).toBe(3n);
  });

  test('determine the id; unknown fields of a body are kept and cannot replace it', async () => {
    const { api } = start();
    const assetId = await createAsset(api, { issuer: 'ACME', assetId: 'mine' });
    const updates = { custodian: 'Bank', assetId: 'mine' };
    await api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates, extra: 1 });
    expect((await api.get(`${APP}/assets/${assetId}`)).body).toEqual({
      asset: { ...ASSET, assetId, issuer: 'ACME', custodian: 'Bank' },
    });
  });
});
