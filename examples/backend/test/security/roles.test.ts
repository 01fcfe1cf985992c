import type { SpydraClient } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { backendBefore, backendOf, backendOnSandbox, refusingWrites, WRITES } from '../helpers/backend.js';
import { BY_SECRET, type Claims, token } from '../helpers/tokens.js';

const PURCHASE = 'POST /tokens/purchase';

/** The backend, and a way to call it with a token that claims this. */
async function backendFor(claimed: Claims, environment = {}) {
  const backend = await backendBefore(refusingWrites, { ...BY_SECRET, SELLER_WALLETS: 'w2', ...environment });
  const headers = { Authorization: `Bearer ${await token(claimed)}` };
  return { ...backend, ask: (route: string, body: object | string) => backend.call(route, { body, headers }) };
}

describe('an authenticated caller', () => {
  it.each<[string, Claims, readonly string[]]>([
    ['an admin', { role: 'admin' }, Object.keys(WRITES)],
    ['an investor', { role: 'investor', wallet: 'w1' }, [PURCHASE]],
    ['a user', { role: 'user', wallet: 'w1' }, []],
    ['of a role that nobody knows', { role: 'superuser', wallet: 'w1' }, []],
    ['of no role', { role: undefined, wallet: 'w1' }, []],
    ['of a role in capitals', { role: 'Admin', wallet: 'w1' }, []],
    ['of several roles', { role: ['admin'], wallet: 'w1' }, []],
    ['an admin by another claim', { role: 'user', roles: ['admin'], admin: true }, []],
  ])('with the role %s has the permissions in the table', async (_name, claimed, allowed) => {
    const { ask, seen } = await backendFor(claimed);
    for (const [route, body] of Object.entries(WRITES)) {
      const answer = await ask(route, body);
      if (allowed.includes(route)) {
        expect(answer.status).toBe(409);
        continue;
      }
      expect(answer.status).toBe(403);
      expect(answer.headers.get('WWW-Authenticate')).toBeNull();
      expect(answer.body).toEqual({
        success: false,
        error: 'You may not do this.',
        code: 'FORBIDDEN',
        requestId: answer.headers.get('X-Request-Id'),
      });
    }
    expect(seen.filter(({ method }) => method !== 'GET')).toHaveLength(allowed.length);
  });

  it('is refused before the body is read', async () => {
    const { ask } = await backendFor({ role: 'user' });
    expect((await ask('POST /tokens/mint', '{')).status).toBe(403);
  });
});

describe('an investor', () => {
  const sale = { assetId: 'a1', sellerWallet: 'w2', amount: 1, price: 1 };
  const mine = { role: 'investor', wallet: 'mine' };

  it.each<[string, Claims, object, number]>([
    ['the own wallet', mine, { ...sale, buyerWallet: 'mine' }, 409],
    ['the own wallet by its short name', mine, { ...sale, buyer: 'mine' }, 409],
    ['the own wallet by both names', mine, { ...sale, buyerWallet: 'mine', buyer: 'mine' }, 409],
    ['the own wallet, from a short-named seller', mine, { ...sale, seller: 'w2', buyer: 'mine' }, 409],
    ['another wallet', mine, { ...sale, buyerWallet: 'other' }, 403],
    ['another wallet by its short name', mine, { ...sale, buyer: 'other' }, 403],
    ['another wallet by both names', mine, { ...sale, buyerWallet: 'other', buyer: 'other' }, 403],
    ['two wallets, the own one first', mine, { ...sale, buyerWallet: 'mine', buyer: 'other' }, 400],
    ['two wallets, the own one last', mine, { ...sale, buyerWallet: 'other', buyer: 'mine' }, 400],
    ['another wallet, out of the own one', mine, { ...sale, sellerWallet: 'mine', buyerWallet: 'other' }, 403],
    ['the own wallet, out of itself', mine, { ...sale, sellerWallet: 'mine', buyerWallet: 'mine' }, 400],
    ['a wallet that is only alike', mine, { ...sale, buyerWallet: 'mine ' }, 400],
    ['the own wallet in capitals', mine, { ...sale, buyerWallet: 'MINE' }, 403],
    ['a list with the own wallet', mine, { ...sale, buyerWallet: ['mine'] }, 400],
    ['any wallet without one', { role: 'investor' }, { ...sale, buyerWallet: 'mine' }, 403],
    ['a wallet named undefined without one', { role: 'investor' }, { ...sale, buyerWallet: 'undefined' }, 403],
    ['one of several', { role: 'investor', wallet: ['mine'] }, { ...sale, buyerWallet: 'mine' }, 403],
  ])('who buys into %s is checked against the wallet of the token', async (_name, claimed, body, status) => {
    const { ask, seen } = await backendFor(claimed);
    expect((await ask(PURCHASE, body)).status).toBe(status);
    expect(seen.some(({ method }) => method === 'POST')).toBe(status === 409);
  });

  it('who names two different buyers is refused', async () => {
    const { ask, seen } = await backendFor(mine);
    const twice =
      '{"assetId":"a1","sellerWallet":"w2","amount":1,"price":1,"buyerWallet":"mine","buyerWallet":"other"}';
    expect((await ask(PURCHASE, twice)).status).toBe(400);
    expect(seen).toEqual([]);
  });

  it('has the wallet in the configured claim', async () => {
    const environment = { JWT_WALLET_CLAIM: 'https://example.com/wallet' };
    const claimed = { role: 'investor', wallet: 'other', 'https://example.com/wallet': 'mine' };
    const { ask } = await backendFor(claimed, environment);
    expect((await ask(PURCHASE, { ...sale, buyerWallet: 'mine' })).status).toBe(409);
    expect((await ask(PURCHASE, { ...sale, buyerWallet: 'other' })).status).toBe(403);
  });

  it('receives the tokens that they bought', async () => {
    const { spydra, seeded } = await backendOnSandbox();
    const assetId = seeded.assets[0]?.assetId ?? '';
    const { call } = await backendOf(spydra, BY_SECRET);
    const headers = { Authorization: `Bearer ${await token({ role: 'investor', wallet: 'wallet-alice' })}` };
    const buyFor = (buyer: string) =>
      call(PURCHASE, { headers, body: { assetId, seller: 'wallet-treasury', buyer, amount: 10, price: 50 } });

    expect(await buyFor('wallet-bob')).toMatchObject({ status: 403 });
    expect(await buyFor('wallet-alice')).toMatchObject({ status: 200, body: { data: { toBalance: 1_210 } } });
    expect(await holdings(spydra, assetId)).toMatchObject({ 'wallet-alice': 1_210n, 'wallet-bob': 300n });
  });
});

describe('an idempotency key', () => {
  it('identifies one purchase for all callers: an investor, another one, or an admin who repeats it', async () => {
    const { spydra, seeded } = await backendOnSandbox();
    const assetId = seeded.assets[0]?.assetId ?? '';
    const { call, admin } = await backendOf(spydra, BY_SECRET);
    const key = { 'Idempotency-Key': 'order-1' };
    const buying = (buyer: string) => ({ assetId, seller: 'wallet-treasury', buyer, amount: 10, price: 50 });
    const buyAs = async (sub: string, wallet: string) => {
      const Authorization = `Bearer ${await token({ sub, role: 'investor', wallet })}`;
      return call(PURCHASE, { headers: { Authorization, ...key }, body: buying(wallet) });
    };
    const first = await buyAs('bob', 'wallet-bob');
    expect(first.status).toBe(200);
    const { transactionId } = (first.body as { data: { transactionId: string } }).data;

    expect(await buyAs('bob', 'wallet-bob')).toMatchObject({ status: 200, body: { data: { transactionId } } });
    const settled = await admin(PURCHASE, { headers: key, body: buying('wallet-bob') });
    expect(settled).toMatchObject({ status: 200, body: { data: { transactionId } } });
    expect(await buyAs('eve', 'wallet-alice')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_CONFLICT' } });
    expect(await holdings(spydra, assetId)).toMatchObject({ 'wallet-bob': 310n, 'wallet-alice': 1_200n });
  });
});

async function holdings(spydra: SpydraClient, assetId: string): Promise<Record<string, bigint>> {
  const holders = await spydra.tokens.holders(assetId);
  return Object.fromEntries(holders.map(({ wallet, balance }) => [wallet, balance]));
}
