import { InvalidInputError, jsonNumber, type SpydraClient } from 'spydra-sdk';
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
  [
    'metadata that is a number',
    (s) => s.assets.create({ ...FLAT, metadata: as(jsonNumber('1.23456789012345678901')) }),
    ['metadata'],
  ],
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
  ['a bad header', (s) => s.tokens.transfer(transfer, { headers: { 'X-A': 'line\nbreak' } }), ['options.headers.X-A']],
  ['no type at all', (s) => s.transactions.list({ type: [] }), ['type']],
  ['a misspelt option', (s) => s.assets.get('a1', as({ timeuot: 5 })), ['options.timeuot']],
];

/** A server with empty lists. */
const nothing = () =>
  vi.fn<typeof globalThis.fetch>(async () => Response.json({ transactions: [], total: 0, balances: [] }));

const update = (updates: object) => (s: SpydraClient) =>
  s.assets.update('a1', { updates: as(updates), updaterWallet: 'w' });

describe('the message for an invalid field', () => {
  it.each<[string, Call, string, RegExp]>([
    ['no supply', update({ totalSupply: 0n }), 'updates.totalSupply', /above zero/],
    ['half a token', update({ totalSupply: 0.5 }), 'updates.totalSupply', /whole number/],
    ['a negative value', update({ totalValue: '-5' }), 'updates.totalValue', /negative/],
    ['a sum of floats', update({ pricePerToken: 0.1 + 0.2 }), 'updates.pricePerToken', /more digits.*decimal string/],
    ['null', update({ totalValue: null }), 'updates.totalValue', /decimal amount/],
    ['no type', (s) => s.transactions.list({ type: [] }), 'type', /must name a type/],
    ['an empty type', (s) => s.transactions.list({ type: '' }), 'type', /is required/],
    ['an empty type among others', (s) => s.transactions.list({ type: ['mint', ''] }), 'type.1', /is required/],
    ['a word for a deadline', (s) => s.assets.get('a', { deadline: as('1 s') }), 'options.deadline', /milliseconds/],
    ['a negative deadline', (s) => s.assets.get('a', { deadline: -1 }), 'options.deadline', /above zero/],
    ['no headers', (s) => s.assets.get('a', { headers: as(5) }), 'options.headers', /must be an object/],
  ])('%s', async (_name, call, field, reason) => {
    const error = await rejection((async () => call(testClient({ fetch: nothing() })))());
    expect(error).toMatchObject({ problems: [{ field, message: expect.stringMatching(reason) }] });
    expect((error as Error).message).not.toContain(': Invalid input');
    expect((error as Error).message).not.toMatch(/ Invalid input\.$/);
  });
});

describe('invalid input is refused by name, before anything is sent:', () => {
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
});

/** Every method that takes an input, options or both; `given` replaces one of them. */
const WITH_OBJECT: readonly [name: string, field: string, call: (s: SpydraClient, given: never) => unknown][] = [
  ['assets.create', 'input', (s, given) => s.assets.create(given)],
  ['assets.create', 'options', (s, given) => s.assets.create(FLAT, given)],
  ['assets.get', 'options', (s, given) => s.assets.get('a1', given)],
  ['assets.getMany', 'options', (s, given) => s.assets.getMany(['a1'], given)],
  ['assets.update', 'input', (s, given) => s.assets.update('a1', given)],
  ['assets.update', 'options', (s, given) => s.assets.update('a1', UPDATE, given)],
  ['assets.publish', 'input', (s, given) => s.assets.publish('a1', given)],
  ['assets.publish', 'options', (s, given) => s.assets.publish('a1', { publisherWallet: 'w' }, given)],
  ['assets.list', 'input', (s, given) => s.assets.list(given)],
  ['assets.list', 'options', (s, given) => s.assets.list({}, given)],
  ['assets.history', 'input', (s, given) => s.assets.history('a1', given)],
  ['assets.history', 'options', (s, given) => s.assets.history('a1', {}, given)],
  ['assets.addMetadata', 'metadata', (s, given) => s.assets.addMetadata('a1', given)],
  ['assets.addMetadata', 'options', (s, given) => s.assets.addMetadata('a1', {}, given)],
  ['assets.getMetadata', 'options', (s, given) => s.assets.getMetadata('m1', given)],
  ['tokens.mint', 'input', (s, given) => s.tokens.mint(given)],
  ['tokens.mint', 'options', (s, given) => s.tokens.mint({ assetId: 'a1', recipientWallet: 'w', amount: 1 }, given)],
  ['tokens.burn', 'input', (s, given) => s.tokens.burn(given)],
  ['tokens.burn', 'options', (s, given) => s.tokens.burn(burn, given)],
  ['tokens.transfer', 'input', (s, given) => s.tokens.transfer(given)],
  ['tokens.transfer', 'options', (s, given) => s.tokens.transfer(transfer, given)],
  ['tokens.purchase', 'input', (s, given) => s.tokens.purchase(given)],
  ['tokens.purchase', 'options', (s, given) => s.tokens.purchase(purchase, given)],
  ['tokens.mintMany', 'options', (s, given) => s.tokens.mintMany([], given)],
  ['tokens.transferMany', 'options', (s, given) => s.tokens.transferMany([transfer], given)],
  ['tokens.holders', 'options', (s, given) => s.tokens.holders('a1', given)],
  ['tokens.supply', 'options', (s, given) => s.tokens.supply('a1', given)],
  ['wallets.balance', 'input', (s, given) => s.wallets.balance('w1', given)],
  ['wallets.balance', 'options', (s, given) => s.wallets.balance('w1', {}, given)],
  ['wallets.balances', 'input', (s, given) => s.wallets.balances(['w1'], given)],
  ['wallets.balances', 'options', (s, given) => s.wallets.balances(['w1'], {}, given)],
  ['wallets.transactions', 'input', (s, given) => s.wallets.transactions('w1', given)],
  ['wallets.transactions', 'options', (s, given) => s.wallets.transactions('w1', {}, given)],
  ['wallets.portfolio', 'options', (s, given) => s.wallets.portfolio('w1', given)],
  ['transactions.get', 'options', (s, given) => s.transactions.get('t1', given)],
  ['transactions.list', 'input', (s, given) => s.transactions.list(given)],
  ['transactions.list', 'options', (s, given) => s.transactions.list({}, given)],
  ['transactions.wait', 'options', (s, given) => s.transactions.wait('t1', given)],
  ['transactions.reconcile', 'input', (s, given) => s.transactions.reconcile('order-1', given)],
  ['transactions.reconcile', 'options', (s, given) => s.transactions.reconcile('order-1', {}, given)],
  ['cache.invalidate', 'input', (s, given) => s.cache.invalidate(given)],
  ['health', 'options', (s, given) => s.health(given)],
];
const UPDATE = { updates: { name: 'x' }, updaterWallet: 'w' };

const NO_OBJECTS: readonly [name: string, value: unknown][] = [
  ['a string', 'asset-1'],
  ['an empty string', ''],
  ['a number', 5],
  ['a bigint', 5n],
  ['true', true],
  ['null', null],
  ['an array', ['asset-1']],
  ['a function', () => ({})],
  ['a Map', new Map([['assetId', 'a1']])],
  ['a Date', new Date()],
  ['a promise', Promise.resolve({})],
  ['a signal', new AbortController().signal],
  ['an error', new Error('none')],
  ['parameters of a URL', new URLSearchParams('assetId=a1')],
];

describe('an input that is not a plain object', () => {
  it.each(WITH_OBJECT)('is refused in one sentence: %s: %s', async (_name, field, call) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const client = testClient({ fetch });
    for (const [name, value] of NO_OBJECTS) {
      const error = await rejection((async () => await call(client, value as never))());
      expect(error, name).toBeInstanceOf(InvalidInputError);
      const message = expect.stringMatching(/^must be an object\b/);
      expect((error as InvalidInputError).problems, name).toEqual([{ field, message }]);
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is accepted if it is a class instance', async () => {
    class Mint {
      assetId = 'a1';
      recipientWallet = 'w';
      amount = 0n;
    }
    const error = await rejection(testClient({}).tokens.mint(new Mint()));
    expect((error as InvalidInputError).problems.map(({ field }) => field)).toEqual(['amount']);
  });

  it('must not contain the id that is an argument', async () => {
    const other = { walletId: 'w2' };
    const error = await rejection(testClient({}).wallets.balance('w1', other as object));
    expect((error as Error).message).toBe('Invalid input: walletId is not a known field.');
  });

  it.each([
    [
      'a number for a text',
      (s: SpydraClient) => s.tokens.mint({ ...transfer, recipientWallet: 5 } as never),
      'a string',
    ],
    ['a text for a list', (s: SpydraClient) => s.tokens.mintMany('abc' as never), 'an array'],
    ['a list for a text', (s: SpydraClient) => s.wallets.balance(['w'] as never), 'a string'],
    ['a text for a switch', (s: SpydraClient) => s.tokens.transfer(transfer, { confirm: 'no' } as never), 'a boolean'],
  ])('%s', async (_name, call, wanted) => {
    expect(((await rejection(call(testClient({})))) as Error).message).toContain(`must be ${wanted}`);
  });
});
