import { InvalidInputError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { endOf, rejection, testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { READABLE, UNREACHABLE } from '../../helpers/ids.js';

const transfer = { assetId: 'a1', fromWallet: 'w1', toWallet: 'w2', amount: 1n };
const burn = { assetId: 'a1', holderWallet: 'w1', burnerWallet: 'w1', amount: 1n };
const purchase = { assetId: 'a1', sellerWallet: 'w1', buyerWallet: 'w2', amount: 1n, price: '10' };
const as = <T>(value: unknown) => value as T;

const BAD_IDS: readonly unknown[] = [...Object.values(UNREACHABLE), null, undefined, 5, {}, [], ['a']];

type ById = readonly [field: string, call: (spydra: SpydraClient, id: string) => PromiseLike<unknown>];

/** Every id of every method that writes, by its name. */
const WRITES: readonly ById[] = [
  ['creatorWallet', (s, id) => s.assets.create({ ...FLAT, creatorWallet: id })],
  ['assetId', (s, id) => s.assets.update(id, { updates: { name: 'x' }, updaterWallet: 'w' })],
  ['updaterWallet', (s, id) => s.assets.update('a1', { updates: { name: 'x' }, updaterWallet: id })],
  ['assetId', (s, id) => s.assets.publish(id, { publisherWallet: 'w' })],
  ['publisherWallet', (s, id) => s.assets.publish('a1', { publisherWallet: id })],
  ['assetId', (s, id) => s.assets.addMetadata(id, {})],
  ['assetId', (s, id) => s.tokens.mint({ assetId: id, recipientWallet: 'w', amount: 1 })],
  ['recipientWallet', (s, id) => s.tokens.mint({ assetId: 'a1', recipientWallet: id, amount: 1 })],
  ['assetId', (s, id) => s.tokens.burn({ ...burn, assetId: id })],
  ['holderWallet', (s, id) => s.tokens.burn({ ...burn, holderWallet: id })],
  ['burnerWallet', (s, id) => s.tokens.burn({ ...burn, burnerWallet: id })],
  ['assetId', (s, id) => s.tokens.transfer({ ...transfer, assetId: id })],
  ['fromWallet', (s, id) => s.tokens.transfer({ ...transfer, fromWallet: id })],
  ['toWallet', (s, id) => s.tokens.transfer({ ...transfer, toWallet: id })],
  ['assetId', (s, id) => s.tokens.purchase({ ...purchase, assetId: id })],
  ['sellerWallet', (s, id) => s.tokens.purchase({ ...purchase, sellerWallet: id })],
  ['buyerWallet', (s, id) => s.tokens.purchase({ ...purchase, buyerWallet: id })],
  [
    'minterWallet',
    // Left out it is the recipient.
    (s, id) => s.tokens.mint({ assetId: 'a1', recipientWallet: 'w', amount: 1, minterWallet: id ?? as(null) }),
  ],
];

/** Every id of every method that reads and needs it, by its name. */
const READS: readonly ById[] = [
  ['assetId', (s, id) => s.assets.get(id)],
  ['assetIds.0', (s, id) => s.assets.getMany([id])],
  ['assetId', (s, id) => s.assets.history(id)],
  ['metadataId', (s, id) => s.assets.getMetadata(id)],
  ['assetId', (s, id) => s.tokens.holders(id)],
  ['assetId', (s, id) => s.tokens.supply(id)],
  ['walletId', (s, id) => s.wallets.balance(id)],
  ['walletIds.0', (s, id) => s.wallets.balances([id])],
  ['walletId', (s, id) => s.wallets.portfolio(id)],
  ['walletId', (s, id) => s.wallets.transactions(id)],
  ['transactionId', (s, id) => s.transactions.get(id)],
  ['transactionId', (s, id) => s.transactions.wait(id)],
];

/** Optional filters of methods that read. */
const FILTERS: readonly ById[] = [
  ['assetId', (s, id) => s.wallets.balance('w', { assetId: id })],
  ['assetId', (s, id) => s.wallets.balances(['w'], { assetId: id })],
  ['assetId', (s, id) => s.wallets.transactions('w', { assetId: id })],
  ['assetId', (s, id) => s.transactions.list({ assetId: id })],
  ['walletId', (s, id) => s.transactions.list({ walletId: id })],
  ['assetId', (s, id) => s.transactions.reconcile('key', { assetId: id })],
  ['assetId', (s, id) => s.cache.invalidate({ assetId: id })],
  ['walletId', (s, id) => s.cache.invalidate({ walletId: id })],
];

/** A server with empty lists. */
const nothing = () =>
  vi.fn<typeof globalThis.fetch>(async () => Response.json({ transactions: [], total: 0, balances: [] }));

describe('an id in an input', () => {
  it.each([...WRITES, ...READS])(
    'is refused by name if no path can carry it, before anything is sent: %s (%#)',
    async (field, call) => {
      const fetch = vi.fn<typeof globalThis.fetch>();
      const client = testClient({ fetch });
      for (const id of BAD_IDS) {
        const error = await rejection((async () => call(client, id as string))());
        expect(error, String(id)).toBeInstanceOf(InvalidInputError);
        expect((error as InvalidInputError).problems[0]?.field).toBe(field);
      }
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  it.each(FILTERS)('is refused as a filter if no path can carry it: %s (%#)', async (field, call) => {
    const fetch = nothing();
    const client = testClient({ fetch });
    for (const id of Object.values(UNREACHABLE)) {
      const error = await rejection((async () => call(client, id))());
      expect(error).toMatchObject({ name: 'InvalidInputError', problems: [{ field, message: expect.any(String) }] });
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each(WRITES)('is refused in a write if it looks like another one: %s (%#)', async (field, call) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const client = testClient({ fetch });
    for (const [name, id] of Object.entries(READABLE)) {
      const error = await rejection((async () => call(client, id))());
      const problems = [{ field, message: expect.stringMatching(/^must /) }];
      expect(error, name).toMatchObject({ name: 'InvalidInputError', problems });
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([...READS, ...FILTERS])(
    'is accepted in a read although it looks like another one: %s (%#)',
    async (_field, call) => {
      const client = testClient({ fetch: nothing(), retries: 0 });
      for (const [name, id] of Object.entries(READABLE)) {
        const end = await endOf((async () => call(client, id))());
        expect(end, name).not.toBeInstanceOf(InvalidInputError);
      }
    },
  );

  it.each([
    ['a?b=c#d', 'a%3Fb%3Dc%23d'],
    ['100%', '100%25'],
    ['größe 3', 'gr%C3%B6%C3%9Fe%203'],
    ['%2e%2e', '%252e%252e'],
    ['user:alice@org1', 'user%3Aalice%40org1'],
  ])('is encoded in the path: %s', async (id, encoded) => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
    await testClient({ fetch }).wallets.balance(id);
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(new RegExp(`/balances/${encoded}$`));
  });
});
