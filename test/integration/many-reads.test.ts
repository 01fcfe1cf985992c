import { type CacheStore, InvalidInputError, lru, NotFoundError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';

/** A sandbox whose requests are counted, and a client of it. */
function counted(cache: boolean | { store: CacheStore }, seen: (requests: number) => void = () => {}) {
  const { sandbox } = sandboxed();
  const connection = sandbox.connection();
  const paths: string[] = [];
  const counts = { now: 0, most: 0 };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (init?.method === 'GET') paths.push(new URL(String(input)).pathname.split('/').slice(-2).join('/'));
    seen(paths.length);
    counts.most = Math.max(counts.most, ++counts.now);
    try {
      return await connection.fetch(input, init);
    } finally {
      counts.now--;
    }
  };
  return { sandbox, spydra: sandboxed({}, { ...connection, fetch, cache }).spydra, paths, counts };
}

const numbered = (count: number, name: string) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

describe.each([
  ['without a cache', false],
  ['with a cache', true],
] as const)('many reads in one call, %s', (_name, cache) => {
  it('assets.getMany requests each id once and returns results and errors in order', async () => {
    const { spydra, paths } = counted(cache);
    const first = await minted(spydra, 10n);
    const second = await minted(spydra, 20n);
    paths.length = 0;
    const results = await spydra.assets.getMany([second, 'missing', first, second, 'missing']);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value.assetId : result.reason.code)),
    ).toEqual([second, 'NOT_FOUND', first, second, 'NOT_FOUND']);
    expect(results[1]).toMatchObject({ reason: expect.any(NotFoundError) });
    expect(paths).toHaveLength(3);
  });

  it('wallets.balances requests each wallet once, with limited concurrency', async () => {
    const { spydra, paths, counts } = counted(cache);
    const assetId = await minted(spydra, 1_000n);
    const wallets = numbered(100, 'wallet');
    await spydra.tokens.transferMany(
      wallets.map((toWallet, n) => ({ assetId, fromWallet: 'treasury', toWallet, amount: n % 7 || 1 })),
      { concurrency: 100 },
    );
    paths.length = 0;
    counts.most = 0;
    const results = await spydra.wallets.balances([...wallets, ...wallets.toReversed()], { assetId });
    const held = results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
    expect(held.map((each) => each?.walletId)).toEqual([...wallets, ...wallets.toReversed()]);
    expect(held.map((each) => each?.balances[0]?.balance).slice(0, 9)).toEqual([1n, 1n, 2n, 3n, 4n, 5n, 6n, 1n, 1n]);
    expect(paths).toHaveLength(100);
    expect(counts.most).toBeLessThanOrEqual(16);
  });

  it('if the call ends early, finished reads keep their results and the others get its error', async () => {
    const controller = new AbortController();
    const { spydra } = counted(cache, (requests) => {
      if (requests === 40) controller.abort();
    });
    const results = await spydra.wallets.balances(numbered(50, 'wallet'), {}, { signal: controller.signal });
    const read = results.filter(({ status }) => status === 'fulfilled').length;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(50);
    for (const result of results.slice(read)) expect(result).toMatchObject({ reason: { code: 'ABORTED' } });
  });

  it('invalid ids are refused, all of them named', async () => {
    const { spydra, paths } = counted(cache);
    const error = await rejection(spydra.assets.getMany(['fine', '', '..']));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).problems.map(({ field }) => field)).toEqual(['assetIds.1', 'assetIds.2']);
    expect(paths).toEqual([]);
    expect(await spydra.assets.getMany([])).toEqual([]);
  });
});

it('many cached reads ask the store once, and send no request', async () => {
  const inside = lru();
  const asked: number[] = [];
  const store: CacheStore = {
    ...inside,
    getMany: async (keys) => {
      asked.push(keys.length);
      return Promise.all(keys.map((key) => inside.get(key)));
    },
  };
  const { spydra, paths } = counted({ store });
  const assetId = await minted(spydra, 10n);
  const wallets = numbered(40, 'wallet');
  await spydra.wallets.balances(wallets, { assetId });
  asked.length = 0;
  paths.length = 0;
  const results = await spydra.wallets.balances([...wallets, ...wallets], { assetId });
  expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
  // An entry, a version and an uncertainty for each wallet, and the latter two for the tag of assets.
  expect(asked).toEqual([3 * 40 + 2]);
  expect(paths).toEqual([]);
  expect(spydra.cache.stats().balances.hits).toBe(40);
});

it('a portfolio requests only assets that are not cached', async () => {
  const { spydra, paths } = counted(true);
  const assetIds: string[] = [];
  for (let n = 0; n < 5; n++) assetIds.push(await minted(spydra, 10n, 100n));
  paths.length = 0;
  const first = await spydra.wallets.portfolio('treasury');
  expect(first.holdings.map(({ assetId }) => assetId).toSorted()).toEqual(assetIds.toSorted());
  expect(paths).toHaveLength(6);
  await spydra.tokens.transfer({ assetId: assetIds[0] ?? '', fromWallet: 'treasury', toWallet: 'alice', amount: 4 });
  paths.length = 0;
  const { holdings } = await spydra.wallets.portfolio('treasury');
  expect(holdings.find(({ assetId }) => assetId === assetIds[0])?.balance).toBe(6n);
  expect(paths).toEqual(['balances/treasury']);
});
