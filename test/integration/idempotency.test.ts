import { IdempotencyConflictError, type SpydraClient } from 'spydra-sdk';
import { manualClock } from 'spydra-sdk/sandbox';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { FLAT } from '../helpers/flat.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { fakeTime, leaping } from '../helpers/time.js';

const asset = {
  ...FLAT,
  totalValue: '33.1',
  totalSupply: 10n ** 20n,
  metadata: { b: [1, { d: 2, c: 12345678901234567890n }], a: '1.50' },
};

type Write = (spydra: SpydraClient, assetId: string, idempotencyKey: string) => Promise<{ transactionId: string }>;

/** Each write, the same again, and variants of it that are other writes. */
const WRITES: readonly [string, Write, readonly Write[]][] = [
  [
    'mint',
    (s, assetId, idempotencyKey) =>
      s.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5, metadata: { n: 1 } }, { idempotencyKey }),
    [
      (s, assetId, idempotencyKey) =>
        s.tokens.mint({ assetId, recipientWallet: 'alice', amount: 6, metadata: { n: 1 } }, { idempotencyKey }),
      (s, assetId, idempotencyKey) =>
        s.tokens.mint({ assetId, recipientWallet: 'bob', amount: 5, metadata: { n: 1 } }, { idempotencyKey }),
      (s, assetId, idempotencyKey) =>
        s.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5, metadata: { n: 2 } }, { idempotencyKey }),
      (s, assetId, idempotencyKey) =>
        s.tokens.burn({ assetId, holderWallet: 'treasury', burnerWallet: 'treasury', amount: 5 }, { idempotencyKey }),
    ],
  ],
  [
    'burn',
    (s, assetId, idempotencyKey) =>
      s.tokens.burn(
        { assetId, holderWallet: 'treasury', burnerWallet: 'treasury', amount: 5, reason: 'x' },
        { idempotencyKey },
      ),
    [
      (s, assetId, idempotencyKey) =>
        s.tokens.burn(
          { assetId, holderWallet: 'treasury', burnerWallet: 'treasury', amount: 5, reason: 'y' },
          { idempotencyKey },
        ),
    ],
  ],
  [
    'transfer',
    (s, assetId, idempotencyKey) =>
      s.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 5 }, { idempotencyKey }),
    [
      (s, assetId, idempotencyKey) =>
        s.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'bob', amount: 5 }, { idempotencyKey }),
    ],
  ],
  [
    'purchase',
    (s, assetId, idempotencyKey) =>
      s.tokens.purchase(
        { assetId, sellerWallet: 'treasury', buyerWallet: 'alice', amount: 5, price: '1.000000000000000001' },
        { idempotencyKey },
      ),
    [
      (s, assetId, idempotencyKey) =>
        s.tokens.purchase(
          { assetId, sellerWallet: 'treasury', buyerWallet: 'alice', amount: 5, price: '1.000000000000000002' },
          { idempotencyKey },
        ),
    ],
  ],
  [
    'create',
    (s, _assetId, idempotencyKey) => s.assets.create(asset, { idempotencyKey }),
    [
      (s, _assetId, idempotencyKey) => s.assets.create({ ...asset, name: 'Other' }, { idempotencyKey }),
      (s, _assetId, idempotencyKey) =>
        s.assets.create({ ...asset, metadata: { ...asset.metadata, a: '1.51' } }, { idempotencyKey }),
    ],
  ],
  [
    'update',
    (s, assetId, idempotencyKey) =>
      s.assets.update(assetId, { updates: { name: 'New', totalValue: '7' }, updaterWallet: 't' }, { idempotencyKey }),
    [
      (s, assetId, idempotencyKey) =>
        s.assets.update(
          assetId,
          { updates: { name: 'Newer', totalValue: '7' }, updaterWallet: 't' },
          { idempotencyKey },
        ),
    ],
  ],
  [
    'publish',
    (s, assetId, idempotencyKey) => s.assets.publish(assetId, { publisherWallet: 't' }, { idempotencyKey }),
    [
      (s, assetId, idempotencyKey) =>
        s.assets.update(assetId, { updates: { name: 'New' }, updaterWallet: 't' }, { idempotencyKey }),
    ],
  ],
];

// A server that honours the header; one that ignores it; one that ignores the list's filter too.
describe.each(['header', 'filter', 'none'] as const)(
  'on a server of the kind %j, under a key that the caller gave',
  (idempotency) => {
    it.each(WRITES)('%s: the same call again returns the first result and writes nothing', async (_name, write) => {
      const { sandbox, spydra } = sandboxed({ idempotency });
      const assetId = await minted(spydra, 100n, 1_000n);
      const first = await write(spydra, assetId, 'order-7');
      const height = sandbox.blocks.length;
      // As after a crash: another client, which knows only the key and the input.
      const again = await write(testClient(sandbox.connection()), assetId, 'order-7');
      expect(again).toEqual(first);
      expect(sandbox.blocks).toHaveLength(height);
    });

    it.each(WRITES)('%s: another input is refused with the first transaction', async (_name, write, others) => {
      for (const other of others) {
        const { sandbox, spydra } = sandboxed({ idempotency });
        const assetId = await minted(spydra, 100n, 1_000n);
        const { transactionId } = await write(spydra, assetId, 'order-7');
        const height = sandbox.blocks.length;
        const error = await rejection(other(testClient(sandbox.connection()), assetId, 'order-7'));
        expect(error).toBeInstanceOf(IdempotencyConflictError);
        expect(error).toMatchObject({ transactionId, outcome: 'not-applied', idempotencyKey: 'order-7' });
        expect(sandbox.blocks).toHaveLength(height);
      }
    });

    it('a call that finds the first one pending waits for its commit', async () => {
      const clock = manualClock();
      const { sandbox, spydra } = sandboxed({ idempotency, blockTime: 2_000, clock });
      const ticking = setInterval(() => clock.advance(2_000), 10);
      const assetId = await minted(spydra, 100n);
      clearInterval(ticking);
      const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 5n };
      const { transactionId } = await spydra.tokens.transfer(transfer, { idempotencyKey: 'k', confirm: false });
      const again = spydra.tokens.transfer(transfer, { idempotencyKey: 'k' });
      // Calls of one client under one key run one at a time; this one is of another process.
      const elsewhere = testClient(sandbox.connection());
      const other = rejection(elsewhere.tokens.transfer({ ...transfer, amount: 6n }, { idempotencyKey: 'k' }));
      expect(await other).toBeInstanceOf(IdempotencyConflictError);
      clock.advance(2_000);
      expect(await again).toMatchObject({ transactionId, status: 'committed', fromBalance: 95n, toBalance: 5n });
      expect((await spydra.tokens.holders(assetId)).find((holder) => holder.wallet === 'alice')?.balance).toBe(5n);
      expect(sandbox.blocks).toHaveLength(3);
    });

    it('a key whose transaction failed is free again', async () => {
      const clock = manualClock();
      const { spydra } = sandboxed({ idempotency, blockTime: 2_000, clock }, { retries: 0 });
      const ticking = setInterval(() => clock.advance(2_000), 10);
      const assetId = await minted(spydra, 100n);
      clearInterval(ticking);
      const send = (idempotencyKey: string, confirm: boolean) =>
        spydra.tokens.transfer(
          { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 5n },
          { idempotencyKey, confirm },
        );
      await send('first', false);
      const lost = rejection(send('second', true));
      await vi.waitFor(async () => expect((await spydra.assets.history(assetId)).total).toBe(4), 60_000);
      clock.advance(2_000);
      expect(await lost).toMatchObject({ validationCode: 'MVCC_READ_CONFLICT' });
      const again = send('second', true);
      await vi.waitFor(async () => expect((await spydra.assets.history(assetId)).total).toBe(5), 60_000);
      clock.advance(2_000);
      expect(await again).toMatchObject({ toBalance: 10n });
    });
  },
);

describe('calls under one key at the same instant', () => {
  it.each(['header', 'filter', 'none'] as const)('write once on a server of the kind %j', async (idempotency) => {
    const { spydra } = sandboxed({ idempotency });
    const assetId = await minted(spydra, 100n, 1_000n);
    const mint = () => spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 10 }, { idempotencyKey: 'k' });
    const results = await Promise.all(Array.from({ length: 8 }, mint));
    expect(new Set(results.map((result) => result.transactionId)).size).toBe(1);
    expect((await spydra.tokens.supply(assetId)).totalMinted).toBe(110n);
  });

  it('wait for each other no longer than their deadlines', async () => {
    const clock = manualClock();
    const { sandbox, spydra } = sandboxed({ blockTime: 2_000, clock });
    const ticking = setInterval(() => clock.advance(2_000), 10);
    const assetId = await minted(spydra, 100n);
    clearInterval(ticking);
    const height = sandbox.blocks.length;
    fakeTime();
    const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
    const first = spydra.tokens.transfer(transfer, { idempotencyKey: 'k' });
    const impatient = spydra.tokens.transfer(transfer, { idempotencyKey: 'k', deadline: 500 });
    const third = spydra.tokens.transfer(transfer, { idempotencyKey: 'k' });
    expect(await leaping(rejection(impatient))).toMatchObject({ code: 'OUTCOME_UNKNOWN', idempotencyKey: 'k' });
    clock.advance(2_000);
    expect((await leaping(third)).transactionId).toBe((await first).transactionId);
    expect(sandbox.blocks).toHaveLength(height + 1);
  });
});

describe('a committed write that is repeated while its result is unreadable', () => {
  it.each(WRITES)('%s: is not reported as not applied', async (_name, write) => {
    const { sandbox, spydra } = sandboxed();
    const assetId = await minted(spydra, 100n, 1_000n);
    const { transactionId } = await write(spydra, assetId, 'order-7');
    const fetch: typeof globalThis.fetch = async (url, init) =>
      /\/(balances|assets)\/[^/]+$/.test(new URL(String(url)).pathname) && init?.method === 'GET'
        ? Response.json({}, { status: 404 })
        : sandbox.fetch(url, init);
    const repeated = testClient({ ...sandbox.connection(), fetch });
    expect(await rejection(write(repeated, assetId, 'order-7'))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      outcome: 'unknown',
      stage: 'commit',
      transactionId,
      idempotencyKey: 'order-7',
    });
  });
});

describe('without a key of the caller', () => {
  it('each call is a write of its own', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 100n);
    const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 5n };
    const [a, b] = [await spydra.tokens.transfer(transfer), await spydra.tokens.transfer(transfer)];
    expect(a.transactionId).not.toBe(b.transactionId);
    expect(b.toBalance).toBe(10n);
  });

  it('a read conflict is resolved by submitting again under the same key; nothing is applied twice', async () => {
    const clock = manualClock();
    const { spydra } = sandboxed({ blockTime: 2_000, clock }, { retries: 20 });
    const ticking = setInterval(() => clock.advance(2_000), 20);
    const assetId = await minted(spydra, 100n);
    const transfers = Array.from({ length: 6 }, (_, i) =>
      spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: `w${i}`, amount: 1n }),
    );
    await Promise.all(transfers);
    clearInterval(ticking);
    expect(await spydra.tokens.holders(assetId)).toHaveLength(7);
    expect((await spydra.wallets.balance('treasury', { assetId })).balances[0]?.balance).toBe(94n);
  });
});
