import { describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { platformClient } from '../../../../test/helpers/platform.js';
import { isRedisHere } from '../../../../test/helpers/redis.js';
import { advancing, fakeTimeOverSockets, leaping, until } from '../../../../test/helpers/time.js';
import { backendOf } from '../helpers/backend.js';
import { longRunningRedis } from '../helpers/long-running-redis.js';
import { balances, buyerBy, market, PURCHASE, refusal } from '../helpers/market.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

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

  it('after the price has changed in digits that a double does not hold is not refused as another purchase', async () => {
    const { sale, buy, price, held } = await market();
    await price('50');
    const asked = { ...sale, price: 50 };
    expect((await buy(asked, key)).status).toBe(200);
    await price('50.00000000000000000001');
    expect(await buy(asked, key)).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    expect(await buy({ ...asked, paymentMethod: 'card' }, key)).toMatchObject(refusal(409, 'IDEMPOTENCY_CONFLICT'));
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

  it('after the price has changed, while the first request is being checked, has an unknown outcome', async () => {
    const { sandbox, sale, price, held } = await market();
    const { fetch: through } = sandbox.connection();
    const waiting: (() => void)[] = [];
    const buy = await buyerBy(sandbox, async (input, init) => {
      const isLast = new URL(String(input)).searchParams.get('type') === 'create';
      if (isLast && waiting.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return through(input, init);
    });
    const first = buy(sale);
    await expect.poll(() => waiting).toHaveLength(1);
    await price('400');
    expect(await buy(sale)).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    for (const resolve of waiting) resolve();
    expect((await first).status).toBe(200);
    expect(await held()).toBe(1n);
  });

  it.skipIf(!isRedisHere())('under a lock is refused though the same purchase waits for it', async () => {
    const redis = await longRunningRedis();
    const { sale, buy, price, held } = await market({ REDIS_URL: redis.url });
    await price('400');
    const both = await Promise.all([buy(sale, key), buy(sale, key)]);
    expect(both).toMatchObject([refusal(409, 'PRICE_DIFFERS'), refusal(409, 'PRICE_DIFFERS')]);
    expect(await held()).toBe(0n);
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

  it.each([
    ['left out', ''],
    ['rounded', '"purchasePrice":333.33,'],
  ])('after the price has changed, where the recorded price is %s, has an unknown outcome', async (_name, recorded) => {
    const { sandbox, sale, price, held } = await market();
    const { fetch: through } = sandbox.connection();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await through(input, init);
      const text = (await response.text()).replaceAll(/"purchasePrice":[\d.]+,/g, recorded);
      return new Response(text, { status: response.status, headers: { 'Content-Type': 'application/json' } });
    };
    const buy = await buyerBy(sandbox, fetch);
    expect((await buy(sale)).status).toBe(200);
    await price('400');
    // Another process has sent nothing.
    const buyElsewhere = await buyerBy(sandbox, fetch);
    expect(await buyElsewhere(sale)).toMatchObject(refusal(504, 'OUTCOME_UNKNOWN'));
    expect(await buyElsewhere({ ...sale, amount: 2 })).toMatchObject(refusal(409, 'PRICE_DIFFERS'));
    expect(await held()).toBe(1n);
  });
});
