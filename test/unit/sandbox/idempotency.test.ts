import { describe, expect, test } from 'vitest';
import { type IdempotencyMode, manualClock, type SandboxOptions } from '../../../src/sandbox/index.js';
import {
  APP,
  type Api,
  balance,
  burning,
  createAsset,
  creation,
  mint,
  minting,
  moving,
  start,
  status,
  temporaryFile,
  transactions,
  transfer,
} from './harness.js';

const KEY = { 'Idempotency-Key': 'key-1' };

/** Every kind of write to an asset of which alice has 10 tokens. */
function writesOn(
  assetId: string,
): Record<string, (api: Api, headers?: Record<string, string>) => ReturnType<Api['get']>> {
  return {
    create: (api, headers) => api.post(`${APP}/assets`, creation({ name: 'Second' }), headers),
    update: (api, headers) =>
      api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'o', updates: { totalSupply: '20000' } }, headers),
    mint: (api, headers) => api.post(`${APP}/tokens/mint`, minting(assetId, 'alice', 5), headers),
    burn: (api, headers) => api.post(`${APP}/tokens/burn`, burning(assetId, 'alice', 10), headers),
    transfer: (api, headers) => api.post(`${APP}/tokens/transfer`, moving(assetId, 'alice', 'bob', 10), headers),
    metadata: (api, headers) =>
      api.post(`${APP}/metadata`, { assetId, metadata: { a: 1.0 }, timestamp: 'now' }, headers),
  };
}

async function world(options: SandboxOptions = {}) {
  const { sandbox, api } = start(options);
  const assetId = await createAsset(api);
  await mint(api, assetId, 'alice', 10);
  return { sandbox, api, assetId };
}

describe('the same key with the same body', () => {
  test.each(Object.keys(writesOn('')))('%s: returns the first response without a second transaction', async (kind) => {
    const { sandbox, api, assetId } = await world();
    const write = writesOn(assetId)[kind];
    const first = await write?.(api, KEY);
    expect(first?.status).toBe(200);
    await mint(api, assetId, 'alice', 1);
    const height = sandbox.blocks.length;
    const again = await write?.(api, KEY);
    expect([again?.status, again?.text]).toEqual([200, first?.text]);
    expect(sandbox.blocks).toHaveLength(height);
    expect(await transactions(api, 'idempotencyKey=key-1')).toHaveLength(1);
  });

  test('ignores white space and the order of fields', async () => {
    const { api, assetId } = await world();
    const send = (body: string) => api.send(`${APP}/tokens/mint`, { method: 'POST', headers: KEY, body });
    const first = await send(`{"assetId":"${assetId}","minterWallet":"m","recipientWallet":"bob","amount":3}`);
    const again = await send(`{ "amount": 3, "recipientWallet":"bob",\n"minterWallet":"m","assetId":"${assetId}" }`);
    expect(again.text).toBe(first.text);
    expect(await balance(api, assetId, 'bob')).toBe(3n);
  });

  test('returns the first transaction while that is pending', async () => {
    const clock = manualClock();
    const { sandbox, api } = start({ blockTime: 2_000, clock });
    const [first, again] = await Promise.all([
      api.post(`${APP}/assets`, creation(), KEY),
      api.post(`${APP}/assets`, creation(), KEY),
    ]);
    expect(again.text).toBe(first.text);
    clock.advance(2_000);
    expect((await api.post(`${APP}/assets`, creation(), KEY)).text).toBe(first.text);
    expect(sandbox.blocks.map(({ transactions }) => transactions.length)).toEqual([1]);
  });

  test('returns the first response after a restart at any time', async () => {
    const file = temporaryFile();
    const { sandbox, api, assetId } = await world({ dataFile: file });
    const kinds = Object.entries(writesOn(assetId)).filter(([kind]) => kind !== 'burn');
    const answers = new Map<string, string>();
    for (const [kind, write] of kinds) answers.set(kind, (await write(api, { 'Idempotency-Key': kind })).text);
    await sandbox.close();

    const { sandbox: next, api: nextApi } = start({ dataFile: file });
    const height = next.blocks.length;
    for (const [kind, write] of kinds) {
      expect((await write(nextApi, { 'Idempotency-Key': kind })).text).toBe(answers.get(kind));
    }
    expect(next.blocks).toHaveLength(height);
    expect((await nextApi.post(`${APP}/assets`, creation(), { 'Idempotency-Key': 'mint' })).status).toBe(409);
  });
});

describe('the same key with another call', () => {
  test.each<[string, (api: Api, assetId: string) => ReturnType<Api['get']>]>([
    ['another body', (api, assetId) => api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 6), KEY)],
    ['the amount as a text', (api, assetId) => api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', '5'), KEY)],
    ['another route', (api, assetId) => api.post(`${APP}/tokens/burn`, burning(assetId, 'bob', 5), KEY)],
    ['a document', (api, assetId) => api.post(`${APP}/metadata`, { assetId, metadata: {}, timestamp: 'n' }, KEY)],
  ])('%s: gets a 409 that names the first transaction', async (_, other) => {
    const { api, assetId } = await world();
    const first = await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 5), KEY);
    const answer = await other(api, assetId);
    expect([answer.status, answer.body.code, answer.body.details]).toEqual([
      409,
      'IDEMPOTENCY_CONFLICT',
      { transactionId: first.body.transactionId },
    ]);
    expect(await balance(api, assetId, 'bob')).toBe(5n);
  });

  test('gets a 409 for the same body on another route', async () => {
    const { api, assetId } = await world();
    const body = { ...minting(assetId, 'bob', 5), ...burning(assetId, 'alice', 5) };
    expect((await api.post(`${APP}/tokens/mint`, body, KEY)).status).toBe(200);
    expect((await api.post(`${APP}/tokens/burn`, body, KEY)).body.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  test('is accepted if the key occurred only in metadata', async () => {
    const { api, assetId } = await world();
    await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 5, { idempotencyKey: 'key-1' }));
    expect((await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 6), KEY)).status).toBe(200);
    expect(await balance(api, assetId, 'bob')).toBe(11n);
  });
});

describe('a key is free again', () => {
  test.each<[string, number, unknown]>([
    ['an invalid body', 400, 0],
    ['a refusal of the contract', 409, 10_001],
  ])('after %s', async (_, refused, amount) => {
    const { api, assetId } = await world();
    expect((await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', amount), KEY)).status).toBe(refused);
    expect((await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 5), KEY)).status).toBe(200);
    expect(await balance(api, assetId, 'bob')).toBe(5n);
  });

  test.each([false, true])('after a transaction that failed at commit; with a restart: %s', async (restarts) => {
    const clock = manualClock();
    const options = { blockTime: 2_000, clock, dataFile: temporaryFile() };
    let { sandbox, api } = start(options);
    const assetId = await createAsset(api);
    clock.advance(2_000);
    await mint(api, assetId, 'alice', 10);
    clock.advance(2_000);
    await transfer(api, assetId, 'alice', 'carol', 1);
    const failed = await api.post(`${APP}/tokens/transfer`, moving(assetId, 'alice', 'bob', 5), KEY);
    clock.advance(2_000);
    expect(await status(api, failed.body.transactionId)).toBe('FAILED');

    if (restarts) {
      await sandbox.close();
      ({ sandbox, api } = start(options));
    }
    const second = await api.post(`${APP}/tokens/transfer`, moving(assetId, 'alice', 'bob', 5), KEY);
    clock.advance(2_000);
    const third = await api.post(`${APP}/tokens/transfer`, moving(assetId, 'alice', 'bob', 5), KEY);
    clock.advance(2_000);
    expect(second.body.transactionId).not.toBe(failed.body.transactionId);
    expect(third.text).toBe(second.text);
    const records = await transactions(api, 'idempotencyKey=key-1');
    expect(records.map((record) => record.status)).toEqual(['FAILED', 'COMMITTED']);
    expect(await balance(api, assetId, 'bob')).toBe(5n);
  });
});

describe('the option idempotency', () => {
  test.each<[IdempotencyMode, { applied: bigint; found: number }]>([
    ['header', { applied: 5n, found: 1 }],
    ['filter', { applied: 10n, found: 2 }],
    ['none', { applied: 10n, found: 4 }],
  ])('%s', async (idempotency, { applied, found }) => {
    const { api, assetId } = await world({ idempotency });
    const body = minting(assetId, 'bob', 5, { idempotencyKey: 'key-1' });
    await api.post(`${APP}/tokens/mint`, body, KEY);
    await api.post(`${APP}/tokens/mint`, body, KEY);
    expect(await balance(api, assetId, 'bob')).toBe(applied);
    expect(await transactions(api, 'idempotencyKey=key-1')).toHaveLength(found);
  });

  test('filters by keys of the header and of the metadata', async () => {
    const { api, assetId } = await world();
    await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 1), { 'Idempotency-Key': 'a' });
    await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 2, { idempotencyKey: 'b' }));
    await api.post(`${APP}/tokens/mint`, minting(assetId, 'bob', 3, { idempotencyKey: 'b' }), {
      'Idempotency-Key': 'a2',
    });
    const amounts = async (key: string) =>
      (await transactions(api, `idempotencyKey=${key}`)).map(({ amount }) => amount);
    expect([await amounts('a'), await amounts('b'), await amounts('a2'), await amounts('c')]).toEqual([
      [1],
      [2, 3],
      [3],
      [],
    ]);
  });
});
