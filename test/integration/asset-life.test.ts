import { NotFoundError, TransactionFailedError } from 'spydra-sdk';
import { manualClock, scaledClock } from 'spydra-sdk/sandbox';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { fakeTime, leaping } from '../helpers/time.js';

const ASSET = {
  name: 'Harbour View 12',
  symbol: 'HV12',
  description: 'A flat',
  assetType: 'real-estate',
  totalValue: '100',
  totalSupply: 3n,
  metadata: { rooms: 2 },
  creatorWallet: 'treasury',
};

describe('the life cycle of an asset', () => {
  it('leads from draft to portfolio with blocks of 2 s', async () => {
    const { spydra, sandbox } = sandboxed({ blockTime: 2_000, clock: scaledClock(100) });
    const created = await spydra.assets.create(ASSET);
    const { creatorWallet: _, ...described } = ASSET;
    expect(created).toMatchObject({
      status: 'committed',
      asset: { ...described, totalValue: '100', status: 'draft', pricePerToken: '33.333333333333333333' },
    });
    const { assetId } = created;
    expect(created.asset.metadata).toMatchObject({ rooms: 2, creator: 'treasury', createdAt: expect.any(String) });

    const mint = await spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 3, metadata: { batch: 1 } });
    expect(mint).toMatchObject({
      assetId,
      recipientWallet: 'treasury',
      amount: 3n,
      newBalance: 3n,
      status: 'committed',
    });
    const record = await spydra.transactions.get(mint.transactionId);
    expect(record).toMatchObject({ type: 'mint', amount: 3n, assetId, recipientWallet: 'treasury' });
    expect(record.metadata).toMatchObject({ batch: 1, minter: 'treasury', idempotencyKey: expect.any(String) });

    await spydra.assets.publish(assetId, { publisherWallet: 'treasury' });
    const listed = await spydra.assets.list({ status: 'published', assetType: 'real-estate' });
    expect(listed).toMatchObject({ total: 1, items: [{ assetId, status: 'published' }] });
    expect(listed.items[0]?.metadata).toMatchObject({ rooms: 2, updatedBy: 'treasury' });

    const sale = await spydra.tokens.purchase({
      assetId,
      sellerWallet: 'treasury',
      buyerWallet: 'alice',
      amount: '2',
      price: 33.33,
      paymentMethod: 'card',
    });
    expect(sale).toMatchObject({
      fromWallet: 'treasury',
      toWallet: 'alice',
      amount: 2n,
      fromBalance: 1n,
      toBalance: 2n,
      purchasePrice: '33.33',
      totalValue: '66.66',
    });
    expect((await spydra.transactions.get(sale.transactionId)).metadata).toMatchObject({
      purchasePrice: 33.33,
      totalValue: 66.66,
      paymentMethod: 'card',
      purchaseType: 'sale',
    });

    await spydra.tokens.burn({ assetId, holderWallet: 'alice', burnerWallet: 'treasury', amount: 1n, reason: 'lost' });
    expect(await spydra.wallets.balance('alice')).toEqual({
      walletId: 'alice',
      balances: [{ assetId, assetName: 'Harbour View 12', balance: 1n }],
      totalAssets: 1,
    });
    expect(await spydra.wallets.portfolio('alice')).toEqual({
      walletId: 'alice',
      holdings: [
        {
          assetId,
          assetName: 'Harbour View 12',
          symbol: 'HV12',
          assetType: 'real-estate',
          balance: 1n,
          pricePerToken: '33.333333333333333333',
          value: '33.333333333333333333',
        },
      ],
      totalValue: '33.333333333333333333',
    });
    expect(await spydra.tokens.supply(assetId)).toEqual({
      assetId,
      totalMinted: 3n,
      totalBurned: 1n,
      circulatingSupply: 2n,
    });
    expect(await spydra.tokens.holders(assetId)).toEqual([
      { wallet: 'alice', balance: 1n },
      { wallet: 'treasury', balance: 1n },
    ]);
    const types = [];
    for await (const { type } of spydra.assets.history(assetId, { limit: 2 })) types.push(type);
    expect(types).toEqual(['burn', 'transfer', 'publish', 'mint', 'create']);
    expect((await spydra.wallets.transactions('alice')).items.map((item) => item.type)).toEqual(['burn', 'transfer']);
    // One block each: a confirmed write is on the ledger before the next one is sent.
    expect(sandbox.blocks).toHaveLength(5);
  });

  it('recomputes the price for a new value or supply, unless a price is given', async () => {
    const { spydra } = sandboxed();
    const { assetId } = await spydra.assets.create(ASSET);
    const update = async (updates: object) =>
      (await spydra.assets.update(assetId, { updates, updaterWallet: 'treasury' })).asset;
    expect((await update({ totalValue: '300' })).pricePerToken).toBe('100');
    expect((await update({ totalSupply: 4n })).pricePerToken).toBe('75');
    expect((await update({ totalValue: '1', totalSupply: 8n })).pricePerToken).toBe('0.125');
    expect((await update({ totalValue: '2', pricePerToken: '9' })).pricePerToken).toBe('9');
    expect(await update({ name: 'New', metadata: { floor: 3 } })).toMatchObject({ name: 'New', pricePerToken: '9' });
    expect((await spydra.assets.get(assetId)).metadata).toMatchObject({ rooms: 2, floor: 3 });
  });

  it('includes documents', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 1n);
    const { metadataId } = await spydra.assets.addMetadata(assetId, { deed: 'sha256:4f1c', pages: 12 });
    expect(await spydra.assets.getMetadata(metadataId)).toMatchObject({ deed: 'sha256:4f1c', pages: 12 });
    expect(await rejection(spydra.assets.getMetadata('none'))).toBeInstanceOf(NotFoundError);
  });

  it('keeps amounts that a float cannot represent', async () => {
    const { spydra } = sandboxed();
    const huge = 10n ** 30n + 7n;
    const assetId = await minted(spydra, huge);
    const { toBalance } = await spydra.tokens.transfer({
      assetId,
      fromWallet: 'treasury',
      toWallet: 'a',
      amount: huge - 1n,
    });
    expect(toBalance).toBe(huge - 1n);
    expect((await spydra.tokens.supply(assetId)).circulatingSupply).toBe(huge);
    expect((await spydra.assets.get(assetId)).totalSupply).toBe(huge);
  });
});

describe('transactions.wait', () => {
  it('resolves with the record when the block is committed', async () => {
    const clock = manualClock();
    const { spydra } = sandboxed({ blockTime: 2_000, clock });
    const creating = spydra.assets.create(ASSET, { confirm: false });
    const { transactionId, status } = await creating;
    expect(status).toBe('pending');
    const waiting = spydra.transactions.wait(transactionId);
    clock.advance(2_000);
    expect(await waiting).toMatchObject({ transactionId, status: 'COMMITTED' });
  });

  it('throws for a failed transaction, a deadline, an abort, and an unknown id', async () => {
    const clock = manualClock();
    const { spydra } = sandboxed({ blockTime: 2_000, clock });
    const { transactionId } = await spydra.assets.create(ASSET, { confirm: false });
    const pass = fakeTime();
    expect(await leaping(rejection(spydra.transactions.wait(transactionId, { deadline: 500 })))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      stage: 'commit',
      transactionId,
    });
    const controller = new AbortController();
    const ended = rejection(spydra.transactions.wait(transactionId, { signal: controller.signal }));
    controller.abort();
    expect(await ended).toMatchObject({ code: 'ABORTED' });

    const missing = rejection(spydra.transactions.wait('nowhere'));
    await pass(15_000);
    expect(await missing).toBeInstanceOf(NotFoundError);
  });
});

describe('transactions.wait, for a transaction that does not show in reads yet', () => {
  it('throws NotFoundError, with an unknown outcome', async () => {
    const { sandbox } = sandboxed();
    let isBehind = true;
    const spydra = testClient({
      ...sandbox.connection(),
      fetch: async (input, init) => {
        const isRead = init?.method === 'GET' && String(input).includes('/transactions/');
        return isBehind && isRead ? Response.json({ code: 'NOT_FOUND' }, { status: 404 }) : sandbox.fetch(input, init);
      },
    });
    const { transactionId } = await spydra.assets.create(ASSET, { confirm: false });
    const pass = fakeTime();
    const missing = rejection(spydra.transactions.wait(transactionId));
    await pass(15_000);
    expect(await missing).toBeInstanceOf(NotFoundError);
    expect(await missing).toMatchObject({ outcome: 'unknown', transactionId, status: 404 });
    isBehind = false;
    expect(await leaping(spydra.transactions.wait(transactionId))).toMatchObject({ status: 'COMMITTED' });
  });
});

describe('many transfers from one wallet in one block', () => {
  it('commit exactly once; the others fail with MVCC_READ_CONFLICT', async () => {
    const clock = manualClock();
    const { spydra, sandbox } = sandboxed({ blockTime: 2_000, clock }, { retries: 0 });
    const setUp = minted(spydra, 1_000n);
    const ticking = setInterval(() => clock.advance(2_000), 10);
    const assetId = await setUp;
    clearInterval(ticking);

    const height = sandbox.blocks.length;
    const transfers = Array.from({ length: 50 }, (_, i) =>
      spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: `w${i}`, amount: 1n }),
    );
    const settled = Promise.allSettled(transfers);
    await vi.waitFor(async () => expect((await spydra.assets.history(assetId)).total).toBe(52), 60_000);
    clock.advance(2_000);
    const results = await settled;

    expect(sandbox.blocks).toHaveLength(height + 1);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures).toHaveLength(49);
    for (const error of failures) {
      expect(error).toBeInstanceOf(TransactionFailedError);
      expect(error).toMatchObject({ validationCode: 'MVCC_READ_CONFLICT', outcome: 'not-applied' });
    }
    expect((await spydra.wallets.balance('treasury', { assetId })).balances[0]?.balance).toBe(999n);
  });
});
