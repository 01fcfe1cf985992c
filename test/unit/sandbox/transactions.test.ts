import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../src/sandbox/index.js';
import {
  APP,
  type Api,
  burning,
  createAsset,
  type Fields,
  mint,
  minting,
  NETWORK,
  start,
  transfer,
} from './harness.js';

/** Two assets and five wallets with about thirty transactions, a second apart. */
async function world(): Promise<{ api: Api; records: Fields[] }> {
  const clock = manualClock();
  const { api } = start({ clock });
  const assets = [await createAsset(api), await createAsset(api)];
  for (let n = 0; n < 28; n++) {
    clock.advance(n % 3 === 0 ? 0 : 1_000);
    const assetId = assets[n % 2] ?? '';
    const metadata = { idempotencyKey: `key-${n % 4}` };
    if (n < 4 || n % 5 === 0) await api.post(`${APP}/tokens/mint`, minting(assetId, `w${n % 3}`, 100, metadata));
    else if (n % 5 === 1) await api.post(`${APP}/tokens/burn`, burning(assetId, `w${n % 2}`, 1, metadata));
    else await transfer(api, assetId, `w${n % 2}`, `w${2 + (n % 3)}`, 2);
  }
  const { body } = await api.get(`${NETWORK}/transactions?sortOrder=asc&limit=1000`);
  return { api, records: body.transactions as Fields[] };
}

describe('the list of transactions', () => {
  test('equals a plain filter over all transactions, for every filter, order and page', async () => {
    const { api, records } = await world();
    expect(records.length).toBeGreaterThan(25);
    const assetIds = [...new Set(records.map(({ assetId }) => String(assetId))), 'unknown'];
    const query = fc.record(
      {
        assetId: fc.constantFrom(...assetIds),
        walletId: fc.constantFrom('w0', 'w1', 'w2', 'w3', 'minter', 'nobody'),
        idempotencyKey: fc.constantFrom('key-0', 'key-1', 'key-9'),
        type: fc.subarray(['mint', 'burn', 'transfer', 'create', 'boat'], { minLength: 1 }),
        sortOrder: fc.constantFrom('asc', 'desc'),
        limit: fc.integer({ min: 1, max: 40 }),
        offset: fc.integer({ min: 0, max: 40 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(query, async ({ assetId, walletId, idempotencyKey, type, sortOrder, limit, offset }) => {
        const parameters = new URLSearchParams();
        for (const [name, value] of Object.entries({ assetId, walletId, idempotencyKey, sortOrder, limit, offset })) {
          if (value !== undefined) parameters.set(name, String(value));
        }
        for (const value of type ?? []) parameters.append('type', value);

        const matches = records.filter((record) => {
          const { recipientWallet, holderWallet, fromWallet, toWallet, metadata } = record;
          const wallets = [recipientWallet, holderWallet, fromWallet, toWallet];
          return (
            (assetId === undefined || record.assetId === assetId) &&
            (walletId === undefined || wallets.includes(walletId)) &&
            (idempotencyKey === undefined || (metadata as Fields | undefined)?.idempotencyKey === idempotencyKey) &&
            (type === undefined || type.includes(String(record.type)))
          );
        });
        const ordered = sortOrder === 'asc' ? matches : matches.toReversed();
        const { body } = await api.get(`${NETWORK}/transactions?${parameters}`);
        expect(body).toEqual({
          transactions: ordered.slice(offset ?? 0, (offset ?? 0) + (limit ?? 100)),
          total: matches.length,
        });
      }),
    );
  });

  test('has increasing timestamps', async () => {
    const { records } = await world();
    const timestamps = records.map(({ timestamp }) => String(timestamp));
    expect(timestamps).toEqual(timestamps.toSorted());
  });

  test('includes pending transactions', async () => {
    const { api } = start({ blockTime: 2_000, clock: manualClock() });
    const assetId = await createAsset(api);
    const { body } = await api.get(`${NETWORK}/transactions?assetId=${assetId}`);
    expect(body).toMatchObject({ transactions: [{ type: 'create', status: 'PENDING', assetId }], total: 1 });
  });

  test('includes transactions that are added after the first request', async () => {
    const { api } = start();
    const query = `${NETWORK}/transactions?walletId=alice&type=mint`;
    const assetId = await createAsset(api);
    for (const total of [0, 1, 2, 3]) {
      expect((await api.get(query)).body.total).toBe(total);
      await mint(api, assetId, 'alice', 1);
    }
  });

  test('stays correct with more lists than are cached', async () => {
    const { api } = start();
    const assetId = await createAsset(api);
    for (const round of [1, 2]) {
      for (let n = 0; n < 40; n++) {
        await mint(api, assetId, `w${n}`, 1);
        expect((await api.get(`${NETWORK}/transactions?walletId=w${n}&type=mint`)).body.total).toBe(round);
      }
    }
  });

  test('has pages of 100 by default, and of at most 1000', async () => {
    const { api } = start();
    const assetId = await createAsset(api, { totalSupply: 2_000 });
    for (let n = 0; n < 1_000; n++) await mint(api, assetId, 'alice', 1);
    const countOf = async (query: string) => {
      const { body } = await api.get(`${NETWORK}/transactions?walletId=alice${query}`);
      return [(body.transactions as Fields[]).length, body.total];
    };
    expect([await countOf(''), await countOf('&limit=1000')]).toEqual([
      [100, 1_000],
      [1_000, 1_000],
    ]);
  });
});
