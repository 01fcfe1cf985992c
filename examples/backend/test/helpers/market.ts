import type { SpydraClient } from 'spydra-sdk';
import type { Sandbox } from 'spydra-sdk/sandbox';
import { testClient } from '../../../../test/helpers/client.js';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { backendOf, type Sent } from './backend.js';
import { BY_SECRET, token } from './tokens.js';

export const PURCHASE = 'POST /tokens/purchase';
/** The price of a token of the market's asset. */
export const EXACT = '333.333333333333333333';

/** An asset of 3 tokens for 1,000 dollars that `issuer` has created, and wallets that hold tokens of it. */
export async function market(environment: Record<string, string> = {}) {
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

export async function balances(spydra: SpydraClient, assetId: string): Promise<Record<string, bigint>> {
  const holders = await spydra.tokens.holders(assetId);
  return Object.fromEntries(holders.map(({ wallet, balance }) => [wallet, balance]));
}

export const refusal = (status: number, code: string) => ({ status, body: { success: false, code } });

/** A backend before the market's sandbox, reached by another fetch; buys under a key. */
export async function buyerBy(sandbox: Sandbox, fetch: typeof globalThis.fetch) {
  const spydra = testClient({ ...sandbox.connection(), fetch });
  const { call } = await backendOf(spydra, BY_SECRET);
  const headers = {
    'Idempotency-Key': 'order-1',
    Authorization: `Bearer ${await token({ role: 'investor', wallet: 'alice' })}`,
  };
  return (sale: object) => call(PURCHASE, { headers, body: sale });
}
