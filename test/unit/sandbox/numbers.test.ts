import { describe, expect, test } from 'vitest';
import { APP, burning, createAsset, creation, minting, moving, NETWORK, start } from './harness.js';

const BIG = 10n ** 30n;

describe('quantities', () => {
  test('are exact JSON numbers: 10^30 tokens and one', async () => {
    const { api } = start();
    const assetId = await createAsset(api, { totalSupply: BIG + 1n });
    expect((await api.get(`${APP}/assets/${assetId}`)).text).toContain(`"totalSupply":${BIG + 1n}`);
    const minted = await api.post(`${APP}/tokens/mint`, minting(assetId, 'alice', BIG + 1n));
    expect(minted.text).toContain(`"newBalance":${BIG + 1n}`);
    const moved = await api.post(`${APP}/tokens/transfer`, moving(assetId, 'alice', 'bob', BIG));
    expect(moved.text).toContain(`"fromBalance":1,"toBalance":${BIG}`);
    const burned = await api.post(`${APP}/tokens/burn`, burning(assetId, 'bob', BIG - 7n));
    expect(burned.text).toContain('"newBalance":7');
    expect((await api.get(`${APP}/balances/alice`)).text).toContain('"balance":1}');
    expect((await api.get(`${NETWORK}/transactions/${moved.body.transactionId}`)).text).toContain(`"amount":${BIG},`);
    expect((await api.post(`${APP}/tokens/mint`, minting(assetId, 'alice', BIG))).body.details).toEqual({
      assetId,
      totalSupply: BIG + 1n,
      circulating: BIG + 8n,
    });
  });

  test.each([
    ['12', '12'],
    ['"12"', '12'],
    [`"${BIG}"`, `${BIG}`],
    ['1e30', `${BIG}`],
    ['1E+3', '1000'],
    ['1.50e2', '150'],
    ['7.0', '7'],
    ['1200e-2', '12'],
    [`${'9'.repeat(1000)}`, `${'9'.repeat(1000)}`],
  ])('accept the amount %s as %s tokens', async (sent, tokens) => {
    const { api } = start();
    const assetId = await createAsset(api, { totalSupply: '9'.repeat(1000) });
    const body = `{"assetId":"${assetId}","minterWallet":"m","recipientWallet":"a","amount":${sent}}`;
    const { body: answer, text } = await api.send(`${APP}/tokens/mint`, { method: 'POST', body });
    expect(text).toBe(`{"transactionId":"${answer.transactionId}","newBalance":${tokens}}`);
  });

  test.each([
    '1.5',
    '1e-1',
    '15e-1',
    '-1',
    '-0',
    '0',
    '0.0',
    '0e5',
    '1e1000',
    '9'.repeat(1001),
    `"${'9'.repeat(1001)}"`,
  ])('refuse the amount %s', async (sent) => {
    const { api } = start();
    const assetId = await createAsset(api, { totalSupply: '9'.repeat(1000) });
    const body = `{"assetId":"${assetId}","minterWallet":"m","recipientWallet":"a","amount":${sent}}`;
    expect((await api.send(`${APP}/tokens/mint`, { method: 'POST', body })).status).toBe(400);
  });
});

describe('money keeps its digits, without zeros at the end', () => {
  test.each([
    ['33.333333333333333333', '33.333333333333333333'],
    ['"33.333333333333333333"', '33.333333333333333333'],
    ['1.50', '1.5'],
    ['1.5e2', '150'],
    ['25e-4', '0.0025'],
    ['0.0', '0'],
    ['0', '0'],
    ['123456789012345678901234567890.01', '123456789012345678901234567890.01'],
  ])('%s', async (sent, kept) => {
    const { api } = start();
    const text = JSON.stringify(creation({ pricePerToken: 'PRICE' })).replace('"PRICE"', sent);
    const created = await api.send(`${APP}/assets`, { method: 'POST', body: text });
    expect(created.text).toContain(`"pricePerToken":${kept},`);
    expect((await api.get(`${APP}/assets/${created.body.assetId}`)).text).toContain(`"pricePerToken":${kept},`);
  });
});

test('metadata keeps every number exactly; its names are sorted', async () => {
  const { api } = start();
  const assetId = await createAsset(api);
  const metadata =
    '{"__proto__":{"a":1},"big":123456789012345678901234567890,"exp":1e+2,"price":1.10,"text":"\\u0001é😀","zero":-0}';
  const body = `{"assetId":"${assetId}","metadata":${metadata},"timestamp":"now"}`;
  const created = await api.send(`${APP}/metadata`, { method: 'POST', body });
  const read = await api.get(`${APP}/metadata/${created.body.metadataId}`);
  expect(read.text).toBe(`{"metadata":${metadata}}`);
  expect(({} as { a?: number }).a).toBeUndefined();
});
