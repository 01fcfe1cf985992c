import type { SpydraClient } from 'spydra-sdk';
import type { Sandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { platformClient } from '../../../../test/helpers/platform.js';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { advancing, fakeTimeOverSockets, leaping, until } from '../../../../test/helpers/time.js';
import type { Sent } from '../helpers/backend.js';
import { backendOf } from '../helpers/backend.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

const PURCHASE = 'POST /tokens/purchase';
const EXACT = '333.333333333333333333';

/** An asset of 3 tokens for 1,000 dollars that `issuer` has created, and wallets that hold tokens of it. */
async function market(environment: Record<string, string> = {}) {
  const { spydra, sandbox } = sandboxed({ idempotency: 'filter' });
  const { assetId } = await spydra.assets.create({
    name: 'Flat',
    symbol: 'F',
    description: 'A flat.',
    assetType: 'real-estate',
    totalValue: '100000',
    totalSupply: 300n,
    creatorWallet: 'issuer',
  });
  await spydra.assets.publish(assetId, { publisherWallet: 'issuer' });
  for (const recipientWallet of ['issuer', 'treasury', 'bob']) {
    await spydra.tokens.mint({ assetId, recipientWallet, amount: 50n, minterWallet: 'issuer' });
  }
  const { call, admin } = await backendOf(spydra, { ...BY_SECRET, SELLER_WALLETS: 'treasury', ...environment });
  const Authorization = `Bearer ${await token({ role: 'investor', wallet: 'alice' })}`;
  const buy = (body: object | string, headers: Sent['headers'] = {}) =>
    call(PURCHASE, { body, headers: { Authorization, ...headers } });
  const sale = { assetId, sellerWallet: 'issuer', buyerWallet: 'alice', amount: 1, price: EXACT };
  const held = async () => (await balances(spydra, assetId)).alice ?? 0n;
  const price = async (pricePerToken: string) => {
    await spydra.assets.update(assetId, { updates: { pricePerToken }, updaterWallet: 'issuer' });
  };
  return { spydra, sandbox, assetId, sale, buy, admin, held, price };
}

async function balances(spydra: SpydraClient, assetId: string): Promise<Record<string, bigint>> {
  const holders = await spydra.tokens.holders(assetId);
  return Object.fromEntries(holders.map(({ wallet, balance }) => [wallet, balance]));
}

const refusal = (status: number, code: string) => ({ status, body: { success: false, code } });

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

describe('a purchase that is repeated under its key', () => {
  const key = { 'Idempotency-Key': 'order-1' };
  const transactionIn = (answer: { body: unknown }) => (answer.body as { data: { transactionId: string } }).data;

  it('after the price has changed returns the first result', async () => {
    const { sale, buy, price, held } = await market();
    const asked = { ...sale, price: '333.3333333333333' };
    const first = await buy(asked, key);
    expect(first.status).toBe(200);
    await price('400');
    const second = await buy(asked, key);
    expect(second.status).toBe(200);
    expect(transactionIn(second)).toMatchObject(transactionIn(first));
    expect(await held()).toBe(1n);
    expect(await buy(asked)).toMatchObject(refusal(409, 'PRICE_DIFFERS'));
  });

  it('after the asset was withdrawn returns the first result', async () => {
    const { spydra, assetId, sale, buy, held } = await market();
    const first = await buy(sale, key);
    await spydra.assets.update(assetId, { updates: { status: 'withdrawn' }, updaterWallet: 'issuer' });
    expect(transactionIn(await buy(sale, key))).toMatchObject(transactionIn(first));
    expect(await held()).toBe(1n);
  });

  it('by an admin returns the first result too', async () => {
    const { sale, buy, admin, price, held } = await market();
    const asked = { ...sale, price: '333.3333333333333' };
    const first = await buy(asked, key);
    await price('400');
    expect(transactionIn(await admin(PURCHASE, { body: asked, headers: key }))).toMatchObject(transactionIn(first));
    expect(await held()).toBe(1n);
  });

  it.each<[string, object]>([
    ['for another amount', { amount: 2 }],
    ['from another seller', { sellerWallet: 'treasury' }],
    ['with another means of payment', { paymentMethod: 'card' }],
  ])('%s is refused', async (_name, others) => {
    const { sale, buy, held } = await market();
    expect((await buy(sale, key)).status).toBe(200);
    expect(await buy({ ...sale, ...others }, key)).toMatchObject(refusal(409, 'IDEMPOTENCY_CONFLICT'));
    expect(await held()).toBe(1n);
  });

  it('at another price than before is refused and writes nothing', async () => {
    const { sale, buy, price, held } = await market();
    expect((await buy(sale, key)).status).toBe(200);
    await price('400');
    expect(await buy({ ...sale, price: 400 }, key)).toMatchObject(refusal(409, 'IDEMPOTENCY_CONFLICT'));
    expect(await held()).toBe(1n);
  });

  it('after the price has changed, while the first request may still be applied, has an unknown outcome', async () => {
    const { sandbox, assetId, sale, price } = await market();
    let deliver = async () => {};
    let searches = 0;
    const { fetch: through } = sandbox.connection();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (new URL(String(input)).pathname.endsWith('/transactions')) searches++;
      if (init?.method !== 'POST') return through(input, init);
      deliver = async () => void (await through(input, init));
      return Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } }));
    };
    const spydra = testClient({ ...sandbox.connection(), fetch, uncertaintyWindow: 60_000, deadline: 1_500 });
    const { call } = await backendOf(spydra, BY_SECRET);
    const headers = { ...key, Authorization: `Bearer ${await token({ role: 'investor', wallet: 'alice' })}` };
    const buy = () => call(PURCHASE, { headers, body: sale });
    const pass = await fakeTimeOverSockets();
    const buyInVain = async () => {
      const [before, answer] = [searches, buy()];
      await until(() => searches > before);
      await pass(1_500);
      return answer;
    };
    expect(await buyInVain()).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    await leaping(price('400'));
    expect(await buyInVain()).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    await deliver();
    expect((await advancing(pass, buy())).status).toBe(200);
    expect(await balances(spydra, assetId)).toMatchObject({ alice: 1n });
  });

  it("on Spydra's platform, after the price has changed and while the first may be applied, has an unknown outcome", async () => {
    const { sandbox, sale, price, held } = await market();
    let deliver: (() => Promise<unknown>) | undefined;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!String(input).endsWith('/transact')) return sandbox.fetch(input, init);
      deliver = () => sandbox.fetch(input, init);
      return Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } }));
    };
    const spydra = platformClient(sandbox, { fetch }, { deadline: 1_500 });
    onTestFinished(() => spydra.close());
    const { call } = await backendOf(spydra, BY_SECRET);
    const headers = { ...key, Authorization: `Bearer ${await token({ role: 'investor', wallet: 'alice' })}` };
    const buy = () => call(PURCHASE, { headers, body: sale });
    const pass = await fakeTimeOverSockets();
    const first = buy();
    await until(() => deliver !== undefined);
    expect(await advancing(pass, first)).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    await leaping(price('400'));
    expect(await advancing(pass, buy())).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    await leaping(deliver?.() ?? Promise.reject(new Error('Nothing was sent.')));
    expect(await leaping(held())).toBe(1n);
  });

  /** A backend before the market's sandbox, reached by another fetch; buys under the key. */
  async function buyerBy(sandbox: Sandbox, fetch: typeof globalThis.fetch) {
    const spydra = testClient({ ...sandbox.connection(), fetch });
    const { call } = await backendOf(spydra, BY_SECRET);
    const headers = { ...key, Authorization: `Bearer ${await token({ role: 'investor', wallet: 'alice' })}` };
    return (sale: object) => call(PURCHASE, { headers, body: sale });
  }

  it('after the price has changed, while the first request is on its way, has an unknown outcome', async () => {
    const { sandbox, sale, price, held } = await market();
    const { fetch: through } = sandbox.connection();
    let deliver: (() => void) | undefined;
    const buy = await buyerBy(sandbox, async (input, init) => {
      if (init?.method === 'POST') await new Promise<void>((resolve) => (deliver = resolve));
      return through(input, init);
    });
    const first = buy(sale);
    await expect.poll(() => deliver).toBeDefined();
    await price('400');
    expect(await buy(sale)).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    deliver?.();
    expect((await first).status).toBe(200);
    expect(await held()).toBe(1n);
  });

  it('after the price has changed, while lists lag behind the first, has an unknown outcome', async () => {
    const { sandbox, assetId, sale, price, held } = await market();
    const { fetch: through } = sandbox.connection();
    let isBehind = true;
    const buy = await buyerBy(sandbox, (input, init) => {
      const url = new URL(String(input));
      const isSearch = url.searchParams.has('idempotencyKey') || url.searchParams.get('assetId') === assetId;
      if (isBehind && isSearch && !url.searchParams.has('type')) url.searchParams.set('idempotencyKey', 'none');
      return through(url, init);
    });
    expect((await buy(sale)).status).toBe(200);
    await price('400');
    expect(await buy(sale)).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    expect(await buy({ ...sale, price: 401 })).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    isBehind = false;
    expect((await buy(sale)).status).toBe(200);
    expect(await held()).toBe(1n);
  });
});
