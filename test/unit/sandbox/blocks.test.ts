import { describe, expect, test } from 'vitest';
import { manualClock, type Sandbox } from '../../../src/sandbox/index.js';
import {
  APP,
  type Api,
  balance,
  burning,
  createAsset,
  creation,
  mint,
  NETWORK,
  start,
  startWithHolders,
  status,
  transfer,
} from './harness.js';

const CONFLICT = 'MVCC_READ_CONFLICT';

const codesOf = (sandbox: Sandbox) => sandbox.blocks.at(-1)?.transactions.map(({ validationCode }) => validationCode);
const statusesOf = (api: Api, answers: { body: Record<string, unknown> }[]) =>
  Promise.all(answers.map(({ body }) => status(api, body.transactionId)));

describe('validation at commit', () => {
  test('commits exactly one of many transfers from one wallet in one block', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 1_000 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => transfer(api, assetId, 'alice', `buyer-${n}`, 100)),
    );
    for (const { status, body } of answers) expect([status, body.fromBalance, body.toBalance]).toEqual([200, 900, 100]);
    clock.advance(2_000);

    expect(codesOf(sandbox)).toEqual(['VALID', ...Array(49).fill(CONFLICT)]);
    expect(await statusesOf(api, answers)).toEqual(['COMMITTED', ...Array(49).fill('FAILED')]);
    const failed = await api.get(`${NETWORK}/transactions/${answers[49]?.body.transactionId}`);
    expect(failed.body).toMatchObject({ status: 'FAILED', error: CONFLICT, fromWallet: 'alice', amount: 100 });
    expect(await balance(api, assetId, 'alice')).toBe(900n);
    expect(await balance(api, assetId, 'buyer-0')).toBe(100n);
    expect(await balance(api, assetId, 'buyer-49')).toBe(0n);
  });

  test('commits all disjoint transfers in one block', async () => {
    const sellers = Array.from({ length: 20 }, (_, n) => [`seller-${n}`, 10] as const);
    const { sandbox, api, clock, assetId } = await startWithHolders(Object.fromEntries(sellers));
    await Promise.all(sellers.map(([seller], n) => transfer(api, assetId, seller, `buyer-${n}`, 4)));
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(Array(20).fill('VALID'));
    for (const [n] of sellers.entries()) expect(await balance(api, assetId, `buyer-${n}`)).toBe(4n);
  });

  test('commits all transfers into one wallet in one block', async () => {
    const sellers = Array.from({ length: 20 }, (_, n) => [`seller-${n}`, 10] as const);
    const { sandbox, api, clock, assetId } = await startWithHolders(Object.fromEntries(sellers));
    await Promise.all(sellers.map(([seller]) => transfer(api, assetId, seller, 'carol', 4)));
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(Array(20).fill('VALID'));
    expect(await balance(api, assetId, 'carol')).toBe(80n);
    expect(await balance(api, assetId, 'seller-0')).toBe(6n);
  });

  test('finds a payment into a wallet whose payments an outgoing transfer settles', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 10, bob: 10 });
    await transfer(api, assetId, 'bob', 'alice', 1);
    const { body } = await transfer(api, assetId, 'alice', 'carol', 4);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
    const { body: failed } = await api.get(`${NETWORK}/transactions/${body.transactionId}`);
    expect(failed).toMatchObject({ status: 'FAILED', error: 'PHANTOM_READ_CONFLICT' });

    await transfer(api, assetId, 'alice', 'carol', 4);
    clock.advance(2_000);
    // What is settled is enough, so the next one reads no payments.
    await transfer(api, assetId, 'bob', 'alice', 1);
    await transfer(api, assetId, 'alice', 'carol', 4);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', 'VALID']);
    expect(await balance(api, assetId, 'alice')).toBe(4n);
  });

  test.each([150, 1_000, 1_001])('commits a transfer of what %i payments have brought', async (payments) => {
    const { sandbox, api, clock, assetId } = await startWithHolders({}, { blockTime: 0 });
    for (let n = 0; n < payments; n++) await mint(api, assetId, 'alice', 2);
    const over = await transfer(api, assetId, 'alice', 'bob', 2 * payments + 1);
    expect(over.body).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { balance: 2 * payments } });
    const { body } = await transfer(api, assetId, 'alice', 'bob', 2 * payments);
    clock.advance(2_000);
    expect([body.fromBalance, await status(api, body.transactionId)]).toEqual([0, 'COMMITTED']);
    expect(await balance(api, assetId, 'bob')).toBe(BigInt(2 * payments));
    expect(sandbox.blocks.length).toBeGreaterThan(payments);
  });

  test('finds a conflict of two mints of one asset, so the total supply holds', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({});
    await mint(api, assetId, 'alice', 10_000);
    await mint(api, assetId, 'bob', 10_000);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', CONFLICT]);
  });

  test('finds a conflict of a mint with an earlier update of the total supply in the block', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({});
    await api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'o', updates: { totalSupply: 1 } });
    await mint(api, assetId, 'alice', 10_000);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', CONFLICT]);
  });

  test('does not invalidate a transaction because of an invalid one before it', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 10, bob: 10 });
    const burn = (wallet: string) => api.post(`${APP}/tokens/burn`, burning(assetId, wallet, 1));
    await burn('alice');
    // It conflicts over the supply, and so does not change the balance of bob.
    await burn('bob');
    await transfer(api, assetId, 'bob', 'dave', 1);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', CONFLICT, 'VALID']);
  });

  test('does not invalidate a document because of an update of its asset', async () => {
    const { api, clock, assetId } = await startWithHolders({});
    await api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'o', updates: { name: 'New' } });
    const { body } = await api.post(`${APP}/metadata`, { assetId, metadata: { a: 1 }, timestamp: 'now' });
    expect((await api.get(`${APP}/metadata/${body.metadataId}`)).status).toBe(404);
    clock.advance(2_000);
    expect((await api.get(`${APP}/metadata/${body.metadataId}`)).body).toEqual({ metadata: { a: 1 } });
  });
});

describe('ordering', () => {
  test('cuts a block blockTime after its first transaction', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 10, bob: 10 });
    const height = sandbox.blocks.length;
    const first = await transfer(api, assetId, 'alice', 'carol', 1);
    clock.advance(1_500);
    const second = await transfer(api, assetId, 'bob', 'dave', 1);
    clock.advance(499);
    expect(await statusesOf(api, [first, second])).toEqual(['PENDING', 'PENDING']);
    expect(await balance(api, assetId, 'alice')).toBe(10n);
    clock.advance(1);
    expect(await statusesOf(api, [first, second])).toEqual(['COMMITTED', 'COMMITTED']);
    expect(await balance(api, assetId, 'alice')).toBe(9n);
    clock.advance(60_000);
    expect(sandbox.blocks).toHaveLength(height + 1);
  });

  test('cuts a full block at once, and the next one after its own time', async () => {
    const { sandbox, api, clock } = await startWithHolders({}, { blockSize: 3 });
    const height = sandbox.blocks.length;
    for (let n = 0; n < 2; n++) await createAsset(api);
    clock.advance(1_000);
    for (let n = 0; n < 2; n++) await createAsset(api);
    expect(sandbox.blocks).toHaveLength(height + 1);
    expect(sandbox.blocks.at(-1)?.transactions).toHaveLength(3);
    clock.advance(1_999);
    expect(sandbox.blocks).toHaveLength(height + 1);
    clock.advance(1);
    expect(sandbox.blocks.at(-1)?.transactions).toHaveLength(1);
  });

  test('does not cut the next block early because of later transactions', async () => {
    const { sandbox, api, clock } = await startWithHolders({});
    const height = sandbox.blocks.length;
    await createAsset(api);
    clock.advance(1_500);
    await createAsset(api);
    clock.advance(500);
    await createAsset(api);
    clock.advance(1_999);
    expect(sandbox.blocks).toHaveLength(height + 1);
    clock.advance(1);
    expect(sandbox.blocks).toHaveLength(height + 2);
  });

  test('uses blocks of 500 transactions by default', async () => {
    const { sandbox, api } = start({ blockTime: 2_000, clock: manualClock() });
    for (let n = 0; n < 499; n++) await createAsset(api);
    expect(sandbox.blocks).toHaveLength(0);
    await createAsset(api);
    expect(sandbox.blocks.map(({ transactions }) => transactions.length)).toEqual([500]);
  });

  test('commits before the response with block time 0', async () => {
    const { sandbox, api } = start();
    const { body } = await api.post(`${APP}/assets`, creation());
    expect(await status(api, body.transactionId)).toBe('COMMITTED');
    expect(sandbox.blocks.map(({ transactions }) => transactions.length)).toEqual([1]);
  });

  test('does not show pending transactions, and does not order refused ones', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 1 });
    const height = sandbox.blocks.length;
    const draft = await createAsset(api);
    expect((await api.get(`${APP}/assets/${draft}`)).status).toBe(404);
    expect((await api.get(`${APP}/assets`)).body.total).toBe(1);
    expect((await mint(api, draft, 'alice', 1)).status).toBe(404);
    expect((await api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 2))).status).toBe(409);
    clock.advance(2_000);
    expect(sandbox.blocks.length).toBe(height + 1);
    expect(codesOf(sandbox)).toEqual(['VALID']);
    expect((await api.get(`${APP}/assets/${draft}`)).status).toBe(200);
  });

  test('commits pending transactions on close()', async () => {
    const { sandbox, api } = start({ blockTime: 2_000, clock: manualClock() });
    const { body } = await api.post(`${APP}/assets`, creation());
    await sandbox.close();
    expect(await status(api, body.transactionId)).toBe('COMMITTED');
  });
});

describe('the chain', () => {
  test('numbers blocks from 0 and links them by hashes', async () => {
    const { sandbox, clock } = await startWithHolders({ alice: 1, bob: 1 });
    expect(sandbox.blocks.map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(sandbox.blocks.map(({ previousHash }) => previousHash)).toEqual([
      '0'.repeat(64),
      ...sandbox.blocks.slice(0, 2).map(({ hash }) => hash),
    ]);
    expect(sandbox.blocks[0]).toMatchObject({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      timestamp: clock.now() - 4_000,
      transactions: [{ type: 'create', validationCode: 'VALID', timestamp: clock.now() - 6_000 }],
    });
  });

  test('is equal for the same calls, randomness and clock', async () => {
    const run = async () => {
      const { sandbox, api } = start({ clock: manualClock(), random: () => 0.5 });
      for (let n = 0; n < 3; n++) await createAsset(api);
      return sandbox.blocks;
    };
    const blocks = await run();
    expect(await run()).toEqual(blocks);
    expect(new Set(blocks.map(({ transactions }) => transactions[0]?.transactionId)).size).toBe(3);
  });

  test('has timestamps that never decrease, even if the clock is set back', async () => {
    let now = 1_000;
    const { sandbox, api } = start({ clock: { ...manualClock(), now: () => now } });
    await createAsset(api);
    now = 500;
    await createAsset(api);
    expect(sandbox.blocks.map(({ timestamp }) => timestamp)).toEqual([1_000, 1_000]);
  });
});
