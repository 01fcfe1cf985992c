import { afterEach, expect, it, vi } from 'vitest';
import { testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { scaled } from '../helpers/scale.js';
import { fakeTime } from '../helpers/time.js';
import { Watcher } from '../helpers/watcher.js';

afterEach(() => void vi.useRealTimers());

it('a watch invalidates what clients without a shared store have changed', async () => {
  const tries = scaled(20);
  const pass = fakeTime();
  const { sandbox, spydra: other } = sandboxed();
  const assetId = await minted(other, BigInt(tries));
  const spydra = testClient({ ...sandbox.connection(), cache: { ttl: { balances: 86_400_000 } } });
  const watcher = new Watcher(spydra, { assetId });
  await pass(1);
  const balance = async () => (await spydra.wallets.balance('alice', { assetId })).balances[0]?.balance ?? 0n;
  expect(await balance()).toBe(0n);
  for (let n = 1; n <= tries; n++) {
    await other.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1 });
    expect(await balance()).toBe(BigInt(n - 1));
    await pass(2_001);
    expect(await balance()).toBe(BigInt(n));
  }
  expect(watcher.ids).toHaveLength(tries);
  expect(spydra.cache.stats().balances.hits).toBe(tries);
});
