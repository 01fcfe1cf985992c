import { type CacheStore, lru, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { elsewhere } from '../../helpers/elsewhere.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';

const HOUR = 3_600_000;
const UNCERTAINTY_WINDOW = 20_000;
const STEPS = [
  ['an hour forward', HOUR],
  ['an hour back', -HOUR],
] as const;

function setClock(by: number): void {
  vi.setSystemTime(Date.now() + by);
}

/** A server, and two clients of it on one store. */
function twoClients(store: CacheStore) {
  const options = { uncertaintyWindow: UNCERTAINTY_WINDOW, cache: { store } };
  const { spydra, asked, fetch } = upstream(options);
  return { spydra, other: upstream({ ...options, fetch }).spydra, asked };
}

describe.each(STEPS)('when the system clock is set %s', (_name, step) => {
  it.each([
    ['in memory', () => lru()],
    ['that is remote', () => elsewhere(lru())],
  ])(
    'what an uncertain write touches is neither kept nor served until its uncertainty window is over, with a store %s',
    async (_name, store) => {
      const pass = fakeTime();
      const { spydra, other, asked } = twoClients(store());
      await advancing(
        pass,
        spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'w', amount: 1n }, { confirm: false }),
      );
      setClock(step);
      asked.length = 0;
      for (let at = 0; at < UNCERTAINTY_WINDOW - 1_000; at += 1_000) {
        for (const client of [spydra, other]) await advancing(pass, client.wallets.balance('w'));
        await pass(1_000);
      }
      expect(asked.length).toBeGreaterThan(30);
      expect(asked.length % 2).toBe(0);
      expect(spydra.cache.stats().balances.hits + other.cache.stats().balances.hits).toBe(0);
      await pass(2_000);
      asked.length = 0;
      for (let n = 0; n < 3; n++) await advancing(pass, spydra.wallets.balance('w'));
      expect(asked).toHaveLength(1);
    },
  );

  it('an entry lives for its lifetime, before and after the step', async () => {
    const pass = fakeTime();
    const cache = { ttl: { assets: 30_000 }, staleIfError: 24 * HOUR };
    const { spydra, asked } = upstream({ cache });
    await spydra.assets.get('a1');
    setClock(step);
    await pass(31_000);
    await spydra.assets.get('a1');
    expect(asked).toHaveLength(2);
    await pass(29_000);
    await spydra.assets.get('a1');
    expect(asked).toHaveLength(2);
    setClock(-step);
    await pass(2_000);
    await spydra.assets.get('a1');
    expect(asked).toHaveLength(3);
    await pass(29_000);
    await spydra.assets.get('a1');
    expect(asked).toHaveLength(3);
  });
});

it('an entry is still served after the system clock is set back', async () => {
  const pass = fakeTime();
  const { spydra, asked } = upstream();
  await spydra.wallets.balance('w');
  setClock(-HOUR);
  await pass(29_000);
  await spydra.wallets.balance('w');
  expect(asked).toHaveLength(1);
});

it("another client's uncertainty is neither shortened nor prolonged by a clock that is set forward", async () => {
  const pass = fakeTime();
  const { spydra, other, asked } = twoClients(elsewhere(lru()));
  await advancing(pass, spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'w', amount: 1n }, { confirm: false }));
  setClock(HOUR);
  await pass(UNCERTAINTY_WINDOW + 1_000);
  asked.length = 0;
  for (let n = 0; n < 3; n++) await advancing(pass, other.wallets.balance('w'));
  expect(asked).toHaveLength(1);
});

describe('a client whose system clock was ahead when its own uncertain write ended', () => {
  it.each([
    ['reads', async () => {}],
    [
      'writes again, and reads',
      async (spydra: SpydraClient) =>
        void (await spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'w', amount: 1n })),
    ],
  ])(
    '%s nothing from the cache that a later, shorter uncertain write of another client touches',
    async (_name, again) => {
      const pass = fakeTime();
      const { spydra, other, asked } = twoClients(elsewhere(lru()));
      const mint = { assetId: 'a1', recipientWallet: 'w', amount: 1n };
      setClock(HOUR);
      await advancing(pass, spydra.tokens.mint(mint, { confirm: false }));
      setClock(-HOUR);
      await pass(UNCERTAINTY_WINDOW / 2);
      await advancing(pass, other.tokens.mint(mint, { confirm: false }));
      await advancing(pass, again(spydra));
      // Its own uncertainty is over, the other one's is not.
      await pass(UNCERTAINTY_WINDOW / 2 + 2_000);
      asked.length = 0;
      for (let n = 0; n < 2; n++) await advancing(pass, spydra.wallets.balance('w'));
      expect(asked).toHaveLength(2);
    },
  );
});
