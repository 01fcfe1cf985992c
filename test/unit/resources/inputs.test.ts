import { InvalidInputError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';

type Call = (spydra: SpydraClient) => PromiseLike<unknown>;

const transfer = { assetId: 'a1', fromWallet: 'w1', toWallet: 'w2', amount: 1n };
const burn = { assetId: 'a1', holderWallet: 'w1', burnerWallet: 'w1', amount: 1n };
const purchase = { assetId: 'a1', sellerWallet: 'w1', buyerWallet: 'w2', amount: 1n, price: '10' };
const as = <T>(value: unknown) => value as T;

const circular: Record<string, unknown> = {};
circular.self = circular;

const TABLE: readonly [name: string, call: Call, fields: readonly string[]][] = [
  ['everything missing of a mint', (s) => s.tokens.mint(as({})), ['assetId', 'recipientWallet', 'amount']],
  ['no input at all', (s) => s.tokens.mint(as(undefined)), ['input']],
  [
    'a field that is not known',
    (s) => s.tokens.mint(as({ ...transfer, recipientWallet: 'w' })),
    ['fromWallet', 'toWallet'],
  ],
  ['an empty wallet', (s) => s.tokens.mint({ assetId: 'a1', recipientWallet: ' ', amount: 1 }), ['recipientWallet']],
  [
    'everything wrong of a transfer, named together',
    (s) => s.tokens.transfer({ assetId: '', fromWallet: 'w', toWallet: 'w', amount: 0 }),
    ['assetId', 'amount', 'toWallet'],
  ],
  ['a transfer to oneself', (s) => s.tokens.transfer({ ...transfer, toWallet: 'w1' }), ['toWallet']],
  ['a purchase from oneself', (s) => s.tokens.purchase({ ...purchase, buyerWallet: 'w1' }), ['buyerWallet']],
  ['a negative price', (s) => s.tokens.purchase({ ...purchase, price: '-1' }), ['price']],
  ['a price that a float changed', (s) => s.tokens.purchase({ ...purchase, price: 0.1 + 0.2 }), ['price']],
  ['a price that is no number', (s) => s.tokens.purchase({ ...purchase, price: 'ten' }), ['price']],
  ['a burn without burner', (s) => s.tokens.burn({ ...burn, burnerWallet: as(undefined) }), ['burnerWallet']],
  ['an asset without value', (s) => s.assets.create({ ...FLAT, totalValue: 0 }), ['totalValue']],
  [
    'an asset without fields',
    (s) => s.assets.create(as({ metadata: 5 })),
    ['name', 'symbol', 'description', 'assetType', 'totalValue', 'totalSupply', 'metadata', 'creatorWallet'],
  ],
  ['metadata that contains itself', (s) => s.assets.create({ ...FLAT, metadata: circular }), ['metadata']],
  ['metadata with a function', (s) => s.assets.create({ ...FLAT, metadata: { f: () => 1 } }), ['metadata']],
  ['metadata with NaN', (s) => s.assets.create({ ...FLAT, metadata: { deep: [{ n: Number.NaN }] } }), ['metadata']],
  ['an update of nothing', (s) => s.assets.update('a1', { updates: {}, updaterWallet: 'w' }), ['updates']],
  [
    'an update of a wrong field',
    (s) => s.assets.update('a1', { updates: as({ name: 'x', owner: 'me' }), updaterWallet: '' }),
    ['updates.owner', 'updaterWallet'],
  ],
  [
    'an id and an input, named together',
    (s) => s.assets.update('a/b', as({})),
    ['assetId', 'updates', 'updaterWallet'],
  ],
  ['an id and a page, named together', (s) => s.wallets.transactions('', { limit: 0 }), ['walletId', 'limit']],
  [
    'bad metadata and equal wallets, named together',
    (s) => s.tokens.transfer({ ...transfer, toWallet: 'w1', metadata: as('x') }),
    ['metadata', 'toWallet'],
  ],
  [
    'nothing of a transfer, each field once',
    (s) => s.tokens.transfer(as({})),
    ['assetId', 'fromWallet', 'toWallet', 'amount'],
  ],
  ['a page of no items', (s) => s.wallets.transactions('w1', { limit: 0, offset: -1 }), ['limit', 'offset']],
  ['an unknown sort order', (s) => s.transactions.list({ sortOrder: as('up') }), ['sortOrder']],
  ['a bad idempotency key', (s) => s.tokens.transfer(transfer, { idempotencyKey: 'a b' }), ['options.idempotencyKey']],
  ['an empty idempotency key', (s) => s.tokens.transfer(transfer, { idempotencyKey: '' }), ['options.idempotencyKey']],
  ['a bad timeout', (s) => s.assets.get('a1', { timeout: -5 }), ['options.timeout']],
  ['a bad header', (s) => s.tokens.transfer(transfer, { headers: { 'X-A': 'line\nbreak' } }), ['options.headers']],
  ['no type at all', (s) => s.transactions.list({ type: [] }), ['type']],
  ['a misspelt option', (s) => s.assets.get('a1', as({ timeuot: 5 })), ['options.timeuot']],
];

const BAD_IDS: readonly unknown[] = [
  '',
  ' ',
  '.',
  '..',
  'a/b',
  '../x',
  'a..b',
  'a\\b',
  'a\nb',
  'a\u0000b',
  'a\u007fb',
  '\ud800',
  null,
  undefined,
  5,
  {},
  [],
  ['a'],
];

/** Every method that takes an id, by that id's name. */
const BY_ID: readonly [string, (spydra: SpydraClient, id: string) => PromiseLike<unknown>][] = [
  ['assetId', (s, id) => s.assets.get(id)],
  ['assetId', (s, id) => s.assets.update(id, { updates: { name: 'x' }, updaterWallet: 'w' })],
  ['assetId', (s, id) => s.assets.publish(id, { publisherWallet: 'w' })],
  ['assetId', (s, id) => s.assets.history(id)],
  ['assetId', (s, id) => s.assets.addMetadata(id, {})],
  ['metadataId', (s, id) => s.assets.getMetadata(id)],
  ['assetId', (s, id) => s.tokens.holders(id)],
  ['assetId', (s, id) => s.tokens.supply(id)],
  ['assetId', (s, id) => s.tokens.mint({ assetId: id, recipientWallet: 'w', amount: 1 })],
  ['walletId', (s, id) => s.wallets.balance(id)],
  ['walletId', (s, id) => s.wallets.portfolio(id)],
  ['walletId', (s, id) => s.wallets.transactions(id)],
  ['transactionId', (s, id) => s.transactions.get(id)],
  ['transactionId', (s, id) => s.transactions.wait(id)],
];

describe('input that cannot be right never leaves the process', () => {
  it.each(TABLE)('%s', async (_name, call, fields) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const client = testClient({ fetch });
    const error = await rejection((async () => call(client))());
    expect(error).toBeInstanceOf(InvalidInputError);
    const { problems, message } = error as InvalidInputError;
    expect(problems.map((problem) => problem.field).sort()).toEqual([...fields].sort());
    for (const field of fields) expect(message).toContain(field);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each(BY_ID)('a bad %s (%#)', async (field, call) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const client = testClient({ fetch });
    for (const id of BAD_IDS) {
      const error = await rejection((async () => call(client, id as string))());
      expect(error, String(id)).toBeInstanceOf(InvalidInputError);
      expect((error as InvalidInputError).problems[0]?.field).toBe(field);
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    ['a?b=c#d', 'a%3Fb%3Dc%23d'],
    ['100%', '100%25'],
    ['größe 3', 'gr%C3%B6%C3%9Fe%203'],
    ['%2e%2e', '%252e%252e'],
    ['user:alice@org1', 'user%3Aalice%40org1'],
  ])('an odd but possible id reaches the path encoded: %s', async (id, encoded) => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
    await testClient({ fetch }).wallets.balance(id);
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(new RegExp(`/balances/${encoded}$`));
  });
});
