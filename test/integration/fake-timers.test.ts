import { SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { advancing } from '../helpers/time.js';

const BUYER = { buyerWallet: 'alice', amount: 2n, price: '50' };

describe('with timers that stand still', () => {
  function fakeTimers(): void {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
  }

  it.each([
    ['a sandbox of before', false],
    ['a sandbox of after', true],
  ])('every call on %s resolves', async (_when, isAfter) => {
    if (isAfter) fakeTimers();
    await using sandbox = createSandbox();
    await using spydra = new SpydraClient({ ...sandbox.connection(), cache: true });
    const { treasury } = await sandbox.seed();
    if (!isAfter) fakeTimers();

    const { assetId } = await spydra.assets.create({
      name: 'Flat',
      symbol: 'FL',
      description: 'A flat',
      assetType: 'art',
      totalValue: '100',
      totalSupply: 100n,
      creatorWallet: treasury,
    });
    await spydra.assets.update(assetId, { updates: { name: 'Flat 2' }, updaterWallet: treasury });
    await spydra.assets.publish(assetId, { publisherWallet: treasury });
    const { metadataId } = await spydra.assets.addMetadata(assetId, { deed: 'sha256' });
    const mint = () => spydra.tokens.mint({ assetId, recipientWallet: treasury, amount: 10n }, { idempotencyKey: 'm' });
    expect(await mint()).toMatchObject({ status: 'committed', newBalance: 10n });
    expect((await mint()).newBalance).toBe(10n);
    const transfers = ['alice', 'bob', 'carol'].map((toWallet) => ({
      assetId,
      fromWallet: treasury,
      toWallet,
      amount: 1n,
    }));
    const sent = await spydra.tokens.transferMany(transfers);
    expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await spydra.tokens.purchase({ ...BUYER, assetId, sellerWallet: treasury })).toMatchObject({
      toBalance: 3n,
    });
    await spydra.tokens.burn({ assetId, holderWallet: 'bob', burnerWallet: 'bob', amount: 1n });

    expect((await spydra.assets.getMany([assetId])).map(({ status }) => status)).toEqual(['fulfilled']);
    expect(await spydra.assets.getMetadata(metadataId)).toMatchObject({ deed: 'sha256' });
    expect(await spydra.tokens.supply(assetId)).toMatchObject({ circulatingSupply: 9n });
    expect((await spydra.tokens.holders(assetId)).length).toBe(3);
    expect((await spydra.wallets.balance('alice')).balances).toMatchObject([{ balance: 3n }]);
    expect(await spydra.transactions.reconcile('m', { assetId })).toMatchObject({ state: 'committed' });
    expect((await spydra.health()).healthy).toBe(true);
  });

  it('a write with a block time resolves when the timers advance', async () => {
    fakeTimers();
    await using sandbox = createSandbox({ blockTime: 2_000 });
    await using spydra = new SpydraClient(sandbox.connection());
    const { assets, treasury } = await sandbox.seed();
    const assetId = assets[0]?.assetId ?? '';
    const moving = spydra.tokens.transfer({ assetId, fromWallet: treasury, toWallet: 'w', amount: 1n });
    const moved = await advancing((ms) => vi.advanceTimersByTimeAsync(ms), moving);
    expect(moved).toMatchObject({ status: 'committed' });
  });
});
