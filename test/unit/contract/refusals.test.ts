import { tokenContract } from 'spydra-sdk/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, ASSET, BACKEND, Channel, POLICY, refusalOf } from './harness.js';

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset({ totalSupply: '10' });
});

/** A refusal of a function that is called by the backend. */
const refused = (functionName: string, ...args: readonly unknown[]) =>
  refusalOf(channel.endorse(BACKEND, functionName, ...args));

const mint = (fields: object) => ({ assetId, minterWallet: 'i', recipientWallet: 'w', amount: '1', ...fields });
const transfer = (fields: object) => ({ assetId, fromWallet: 'a', toWallet: 'b', amount: '1', ...fields });
const create = (fields: object) => ({ creatorWallet: 'i', asset: { ...ASSET, ...fields } });
const update = (updates: object) => ({ assetId, updaterWallet: 'i', updates });

describe('rules', () => {
  it('SUPPLY_EXCEEDED for more than the total supply, with what would circulate', async () => {
    await channel.mint(assetId, 'w', '8');
    expect(await refused('MintTokens', mint({ amount: '3' }), 'k')).toEqual({
      code: 'SUPPLY_EXCEEDED',
      message: `11 tokens of ${assetId} would circulate, more than its total supply of 10.`,
      details: { assetId, totalSupply: '10', circulating: '11' },
    });
    expect(await refused('UpdateAsset', update({ totalSupply: '7' }), 'k')).toMatchObject({ code: 'SUPPLY_EXCEEDED' });
  });

  it('INSUFFICIENT_BALANCE for more than a wallet has, with what it has', async () => {
    await channel.mint(assetId, 'a', '8');
    const details = { assetId, walletId: 'a', balance: '8', amount: '9' };
    expect(await refused('TransferTokens', transfer({ amount: '9' }), 'k')).toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
      details,
    });
    const burn = { assetId, burnerWallet: 'i', holderWallet: 'a', amount: '9' };
    expect(await refused('BurnTokens', burn, 'k')).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details });
  });

  it.each([
    ['MintTokens', mint({ assetId: 'no' })],
    ['TransferTokens', transfer({ assetId: 'no' })],
    ['BurnTokens', { assetId: 'no', burnerWallet: 'i', holderWallet: 'a', amount: '9' }],
    ['SweepCredits', { assetId: 'no', walletId: 'a' }],
    ['UpdateAsset', { assetId: 'no', updaterWallet: 'i', updates: {} }],
    ['CreateMetadata', { assetId: 'no', metadata: {} }],
  ])('NOT_FOUND by %s of an asset that does not exist', async (functionName, order) => {
    expect(await refused(functionName, order, 'k')).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(['Asset', 'Supply', 'Holders', 'Record', 'Document'])(
    'NOT_FOUND by %s of what does not exist',
    async (name) => {
      expect(await refused(name, 'no')).toMatchObject({ code: 'NOT_FOUND' });
    },
  );

  it('INVALID_REQUEST for a transfer from a wallet to itself', async () => {
    const refusal = await refused('TransferTokens', transfer({ toWallet: 'a' }), 'k');
    expect(refusal).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field: 'toWallet' }] });
  });
});

describe('arguments', () => {
  it('names every bad field at once', async () => {
    const refusal = await refused(
      'TransferTokens',
      { assetId: 7, fromWallet: '', amount: '-1', metadata: [], memo: 'x' },
      'k',
    );
    expect(refusal.details.map(({ field }: { field: string }) => field).sort()).toEqual([
      'amount',
      'assetId',
      'fromWallet',
      'memo',
      'metadata',
      'toWallet',
    ]);
  });

  it('names 100 bad fields at most, so that an order of a batch cannot make the others fail with it', async () => {
    const names = Array.from({ length: 200_000 }, (_, n) => `"${n}":0`).join();
    const bad = `{"function":"CreateAsset","key":"bad","order":{"creatorWallet":"i","asset":{${names}}}}`;
    const good = JSON.stringify({ function: 'MintTokens', key: 'good', order: mint({}) });
    const { outcomes } = await channel.submit(BACKEND, 'Batch', `[${bad},${good}]`);
    expect(outcomes[0].refused.details).toHaveLength(100);
    expect(outcomes[1].applied).toMatchObject({ amount: '1' });
  });

  it.each(['0', '-1', '01', '1.0', '1e3', '+1', ' 1', '', '１', 'NaN', '9'.repeat(1_001), 1, null, ['1']])(
    'refuses %j as an amount',
    async (amount) => {
      expect(await refused('MintTokens', mint({ amount }), 'k')).toMatchObject({ details: [{ field: 'amount' }] });
    },
  );

  it.each(['1.50', '01', '.5', '1.', '-1', '1e3', '', 5, '$1'])('refuses %j as money', async (totalValue) => {
    const refusal = await refused('CreateAsset', create({ totalValue }), 'k');
    expect(refusal).toMatchObject({ details: [{ field: 'asset.totalValue' }] });
  });

  it.each([
    '',
    ' a',
    'a ',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u200bb',
    'a\u00a0b',
    '\ud800',
    'a\ufffe',
    '\u{10ffff}',
    'x'.repeat(257),
  ])('refuses %j as an id, so that it leaves its place in no key', async (id) => {
    expect(await refused('MintTokens', mint({ recipientWallet: id }), 'k')).toMatchObject({
      details: [{ field: 'recipientWallet' }],
    });
    expect(await refused('Balances', id)).toMatchObject({ details: [{ field: 'walletId' }] });
  });

  it.each(['', 'é', 'x'.repeat(256), 'a\nb'])('refuses %j as an idempotency key', async (key) => {
    expect(await refused('MintTokens', mint({}), key)).toMatchObject({ details: [{ field: 'key' }] });
    expect(await refused('Void', key)).toMatchObject({ details: [{ field: 'key' }] });
    expect(await refused('Claim', key)).toMatchObject({ details: [{ field: 'key' }] });
  });

  it.each([
    ['no JSON', '{'],
    ['a repeated name', '{"a":1,"a":2}'],
    ['nesting that is too deep', `${'['.repeat(101)}${']'.repeat(101)}`],
    ['nesting that would end any stack', '['.repeat(1_000_000)],
    ['an unterminated text of a megabyte', `{"a":"${'\\"'.repeat(500_000)}`],
  ])('refuses %s', async (_, text) => {
    expect(await refused('MintTokens', text, 'k')).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field: 'order' }],
    });
  });

  it.each(['{"a":-1e309}', '{"a":[{"b":1e999999999}]}'])(
    'refuses %s as metadata, which a database may not hold',
    async (metadata) => {
      const order = JSON.stringify({ ...mint({}), metadata: '#' }).replace('"#"', metadata);
      expect(await refused('MintTokens', order, 'k')).toMatchObject({ details: [{ field: 'metadata' }] });
      const field = JSON.stringify({ creatorWallet: 'i', asset: { ...ASSET, more: '#' } }).replace('"#"', metadata);
      expect(await refused('CreateAsset', field, 'k')).toMatchObject({ details: [{ field: 'asset.more' }] });
    },
  );

  it('takes a whole number of any length as metadata, in digits', async () => {
    const digits = '9'.repeat(999);
    const asset = JSON.stringify({ creatorWallet: 'i', asset: { ...ASSET, more: '#' } }).replace('"#"', digits);
    expect((await channel.endorse(BACKEND, 'CreateAsset', asset, 'long-number')).result).toContain(`"more":${digits}`);
  });

  it.each(['docType', 'assetId', 'createdAt', 'updatedAt', 'publishedAt', '_id', '~version', '__proto__'])(
    'refuses %s as a field of an asset',
    async (name) => {
      const fields = JSON.parse(`{"${name}":"x"}`);
      const field = Object.defineProperty({ ...ASSET }, name, { value: 'x', enumerable: true });
      const order = `{"creatorWallet":"i","asset":${JSON.stringify(field)}}`;
      expect(Object.keys(fields)).toEqual([name]);
      expect(await refused('CreateAsset', order, 'k')).toMatchObject({ details: [{ field: `asset.${name}` }] });
    },
  );

  it('refuses a price that would be too long to be read again', async () => {
    const refusal = await refused('CreateAsset', create({ totalValue: '9'.repeat(1_000), totalSupply: '7' }), 'k');
    expect(refusal).toMatchObject({ details: [{ field: 'asset.totalValue' }] });
  });

  it.each([
    ['Assets', '{"limit":0}', 'limit'],
    ['Assets', '{"limit":1001}', 'limit'],
    ['Assets', '{"limit":"5"}', 'limit'],
    ['Assets', '{"offset":-1}', 'offset'],
    ['Assets', '{"offset":1.5}', 'offset'],
    ['Assets', '{"type":"art"}', 'type'],
    ['Records', '{}', 'query'],
    ['Records', '{"assetId":"a","sortOrder":"up"}', 'sortOrder'],
    ['Records', 'x', 'query'],
  ])('%s refuses the query %s', async (functionName, query, field) => {
    expect(await refused(functionName, query)).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field }] });
  });

  it.each([
    ['MintTokens', ['{}', 'k', '{}', 'x']],
    ['Void', ['k', 'x']],
    ['Batch', ['[]', 'k']],
    ['Asset', ['a', 'b']],
  ])('%s refuses an argument too many', async (functionName, args) => {
    expect(await refused(functionName, ...args)).toMatchObject({ details: [{ field: 'arguments' }] });
  });

  it('takes empty hints for none', async () => {
    expect(await channel.submit(BACKEND, 'MintTokens', mint({}), 'k', '')).toMatchObject({ amount: '1' });
  });

  it('UNKNOWN_FUNCTION for what is no function, also of what every object has', async () => {
    for (const name of ['Mint', 'constructor', '__proto__', '']) {
      expect(await refused(name, '{}', 'k')).toMatchObject({ code: 'UNKNOWN_FUNCTION' });
    }
  });

  it('INVALID_REQUEST for a proposal of a time that no record can have', async () => {
    for (const time of [-1_000, Date.UTC(9999, 11, 31) + 86_400_000, 2 ** 52]) {
      const call = channel.propose({ time }, BACKEND, 'Void', 'k');
      expect(await refusalOf(call)).toMatchObject({ code: 'INVALID_REQUEST' });
    }
  });
});

it('a contract without the MSP of its admins cannot be made', () => {
  expect(() => tokenContract({ adminMsp: '' })).toThrow(TypeError);
});

it('NOT_CONFIGURED for every write before a policy is configured', async () => {
  const fresh = new Channel();
  const burn = { assetId, burnerWallet: 'i', holderWallet: 'a', amount: '9' };
  const orders = {
    CreateAsset: create({}),
    UpdateAsset: update({}),
    CreateMetadata: { assetId, metadata: {} },
    MintTokens: mint({}),
    BurnTokens: burn,
    TransferTokens: transfer({}),
    SweepCredits: { assetId, walletId: 'a' },
  };
  for (const who of [ADMIN, BACKEND]) {
    for (const [functionName, order] of Object.entries(orders)) {
      expect(await refusalOf(fresh.endorse(who, functionName, order, 'k'))).toMatchObject({ code: 'NOT_CONFIGURED' });
    }
    expect(await refusalOf(fresh.endorse(who, 'Void', 'k'))).toMatchObject({ code: 'NOT_CONFIGURED' });
  }
});

it('a refusal writes nothing, and its message is canonical JSON', async () => {
  const call = channel.endorse(BACKEND, 'TransferTokens', transfer({ amount: '9' }), 'k');
  const error: Error = await call.then(
    () => new Error('not refused'),
    (reason) => reason,
  );
  expect(error.message).toMatch(/^\{"code":"INSUFFICIENT_BALANCE","details":\{"amount":"9",/);
  expect(await channel.evaluate(BACKEND, 'Claim', 'k')).toEqual({ state: 'absent' });
});

it.each([
  ['a right is missing', { create: [], mint: [], burn: [], wallets: [] }, 'policy.void'],
  ['a name is misspelled', { ...POLICY, mnit: [] }, 'policy.mnit'],
  ['a principal has no MSP', { ...POLICY, mint: [{ role: 'admin' }] }, 'policy.mint.0.msp'],
  ['a principal has an empty role', { ...POLICY, mint: [{ msp: 'a', role: '' }] }, 'policy.mint.0.role'],
  [
    'a right is given by the attribute of a wallet',
    { ...POLICY, mint: [{ msp: 'a', walletAttribute: 'w' }] },
    'policy.mint.0.walletAttribute',
  ],
  [
    'an attribute has no value',
    { ...POLICY, mint: [{ msp: 'a', attribute: { name: 'x' } }] },
    'policy.mint.0.attribute.value',
  ],
  ['a rule names no wallet', { ...POLICY, wallets: [{ owners: [] }] }, 'policy.wallets.0'],
  [
    'a rule names a wallet and a prefix',
    { ...POLICY, wallets: [{ wallet: 'a', prefix: 'a', owners: [] }] },
    'policy.wallets.0',
  ],
  [
    'two rules name one wallet',
    {
      ...POLICY,
      wallets: [
        { wallet: 'a', owners: [] },
        { wallet: 'a', owners: [] },
      ],
    },
    'policy.wallets',
  ],
])('Configure refuses a policy in which %s', async (_, policy, field) => {
  const refusal = await refusalOf(channel.endorse(ADMIN, 'Configure', { policy }, 'k'));
  expect(refusal).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field }] });
});
