import { describe, expect, it } from 'vitest';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { backendOf } from '../helpers/backend.js';
import { balances, EXACT, market, PURCHASE, refusal } from '../helpers/market.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

describe('an investor may buy', () => {
  it.each<[string, object]>([
    ['from the wallet that created the asset', {}],
    ['from a wallet that the configuration lists', { sellerWallet: 'treasury' }],
    ['by the short names', { sellerWallet: undefined, buyerWallet: undefined, seller: 'issuer', buyer: 'alice' }],
  ])('%s', async (_name, others) => {
    const { sale, buy, held } = await market();
    expect(await buy({ ...sale, ...others })).toMatchObject({ status: 200, body: { data: { toBalance: 1 } } });
    expect(await held()).toBe(1n);
  });

  it.each<[string, string]>([
    ['exactly, as a number', EXACT],
    ['exactly, as a string', `"${EXACT}"`],
    ['exactly, with zeros behind it', `"${EXACT}000"`],
    ['as the nearest double', '333.3333333333333'],
    ['as the nearest double, in a string', '"333.3333333333333"'],
    ['with an exponent', '3.333333333333333e2'],
  ])('at the price on the ledger, %s, and the exact price is recorded', async (_name, price) => {
    const { spydra, assetId, buy, held } = await market();
    const body = `{"assetId":"${assetId}","sellerWallet":"issuer","buyerWallet":"alice","amount":3,"price":${price}}`;
    const answer = await buy(body);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`"purchasePrice":${EXACT},"totalValue":999.999999999999999999`);
    const [record] = (await spydra.transactions.list({ assetId, type: 'transfer' })).items;
    expect(record?.metadata).toMatchObject({ purchasePrice: EXACT, purchaseType: 'sale' });
    expect(await held()).toBe(3n);
  });
});

describe('an investor may not buy', () => {
  it.each<[string, object, number, string]>([
    ['for nothing', { price: 0 }, 409, 'PRICE_DIFFERS'],
    ['for less', { price: '333.333333333333333332' }, 409, 'PRICE_DIFFERS'],
    ['for a rounded price', { price: 333.33 }, 409, 'PRICE_DIFFERS'],
    ['for more', { price: 334 }, 409, 'PRICE_DIFFERS'],
    ['for another double beside it', { price: '333.33333333333326' }, 409, 'PRICE_DIFFERS'],
    ['from another investor', { sellerWallet: 'bob' }, 403, 'NOT_A_SELLER'],
    ['from another investor for nothing', { sellerWallet: 'bob', price: 0 }, 403, 'NOT_A_SELLER'],
    ['from a wallet that is only alike', { sellerWallet: 'issuer ' }, 400, 'INVALID_INPUT'],
    ['from a seller in capitals', { sellerWallet: 'Treasury' }, 403, 'NOT_A_SELLER'],
    ['into another wallet', { buyerWallet: 'bob' }, 403, 'FORBIDDEN'],
    ['from itself', { sellerWallet: 'alice' }, 400, 'INVALID_INPUT'],
    ['no tokens', { amount: 0 }, 400, 'INVALID_INPUT'],
    ['fewer than no tokens', { amount: -1 }, 400, 'INVALID_INPUT'],
    ['at an exponent in a string', { price: '3.3e2' }, 400, 'INVALID_INPUT'],
    ['of an asset that is not there', { assetId: 'other' }, 404, 'NOT_FOUND'],
  ])('%s', async (_name, others, status, code) => {
    const { spydra, assetId, sale, buy } = await market();
    const before = await balances(spydra, assetId);
    expect(await buy({ ...sale, ...others })).toMatchObject(refusal(status, code));
    expect(await balances(spydra, assetId)).toEqual(before);
  });

  it('tokens of a draft or a withdrawn asset', async () => {
    const { spydra, assetId, sale, buy, held } = await market();
    await spydra.assets.update(assetId, { updates: { status: 'withdrawn' }, updaterWallet: 'issuer' });
    expect(await buy(sale)).toMatchObject(refusal(409, 'NOT_OFFERED'));
    await spydra.assets.update(assetId, { updates: { status: 'draft' }, updaterWallet: 'issuer' });
    expect(await buy(sale)).toMatchObject(refusal(409, 'NOT_OFFERED'));
    expect(await held()).toBe(0n);
  });

  it('tokens without a price', async () => {
    const { sale, buy, price, held } = await market();
    await price('0');
    expect(await buy({ ...sale, price: 0 })).toMatchObject(refusal(409, 'NOT_OFFERED'));
    expect(await held()).toBe(0n);
  });

  it('at an old price that is still in the cache', async () => {
    const { sandbox, sale, assetId, price } = await market();
    const { spydra } = sandboxed({}, { ...sandbox.connection(), cache: true });
    const { call } = await backendOf(spydra, BY_SECRET);
    expect((await call(`GET /assets/${assetId}`)).status).toBe(200);
    await price('400');
    const headers = { Authorization: `Bearer ${await token({ role: 'investor', wallet: 'alice' })}` };
    expect(await call(PURCHASE, { headers, body: sale })).toMatchObject(refusal(409, 'PRICE_DIFFERS'));
    expect((await call(PURCHASE, { headers, body: { ...sale, price: 400 } })).status).toBe(200);
  });

  it('from a wallet that only an update names as creator', async () => {
    const { spydra, assetId, sale, buy } = await market();
    const updates = { metadata: { creator: 'bob' } };
    await spydra.assets.update(assetId, { updates, updaterWallet: 'bob' });
    expect((await spydra.assets.get(assetId)).metadata?.creator).toBe('bob');
    expect(await buy({ ...sale, sellerWallet: 'bob' })).toMatchObject(refusal(403, 'NOT_A_SELLER'));
    expect((await buy(sale)).status).toBe(200);
  });
});

describe('an admin may sell', () => {
  it('tokens that are not offered, at any price', async () => {
    const { admin, sale, held } = await market();
    const answer = await admin(PURCHASE, { body: { ...sale, sellerWallet: 'bob', price: 0 } });
    expect(answer.status).toBe(200);
    expect(await held()).toBe(1n);
  });
});
