import { IdempotencyConflictError, type SpydraClient } from 'spydra-sdk';
import { manualClock } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { fakeTime, leaping } from '../helpers/time.js';

const pay = (client: SpydraClient, assetId: string, amount: bigint) =>
  client.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount }, { idempotencyKey: 'order-1' });

describe.each(['header', 'filter', 'none'] as const)(
  'transactions.reconcile, on a server of the kind %j',
  (idempotency) => {
    it('finds a write whose response was lost and for which the search failed', async () => {
      const { sandbox, spydra } = sandboxed({ idempotency });
      const assetId = await minted(spydra, 100n, 1_000n);
      const lossy = testClient({
        ...sandbox.connection(),
        fetch: async (url, init) => {
          await sandbox.fetch(url, init);
          return Response.json({}, { status: 502 });
        },
      });
      const error = await rejection(lossy.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5 }));
      expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const { idempotencyKey = '' } = error as { idempotencyKey?: string };
      expect(await spydra.transactions.reconcile(idempotencyKey, { assetId })).toMatchObject({
        state: 'committed',
        transaction: { type: 'mint', assetId, amount: 5n },
      });
    });

    it.each<[string, (client: SpydraClient, assetId: string) => Promise<unknown>]>([
      ['by reconcile', (client, assetId) => client.transactions.reconcile('order-1', { assetId })],
      ['by a write with another input', (client, assetId) => rejection(pay(client, assetId, 2n))],
    ])('what was found %s is not written again where another replica does not list it yet', async (_how, find) => {
      const { sandbox, spydra } = sandboxed({ idempotency });
      const assetId = await minted(spydra, 100n);
      const { transactionId } = await pay(spydra, assetId, 1n);
      let isBehind = false;
      const { sandbox: replica } = sandboxed({ idempotency });
      const fetch: typeof globalThis.fetch = (input, init) =>
        (isBehind && new URL(String(input)).pathname.endsWith('/transactions') ? replica : sandbox).fetch(input, init);
      const other = testClient({ ...sandbox.connection(), fetch, uncertaintyWindow: 60_000 });
      await find(other, assetId);
      isBehind = true;
      expect(await pay(other, assetId, 1n)).toMatchObject({ transactionId, status: 'committed' });
      isBehind = false;
      expect(await spydra.transactions.list({ assetId, type: 'transfer' })).toMatchObject({ total: 1 });
    });

    it('distinguishes pending from failed', async () => {
      const clock = manualClock();
      const { spydra } = sandboxed({ idempotency, blockTime: 2_000, clock });
      const ticking = setInterval(() => clock.advance(2_000), 10);
      const assetId = await minted(spydra, 100n);
      clearInterval(ticking);
      const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
      for (const idempotencyKey of ['a', 'b'])
        await spydra.tokens.transfer(transfer, { idempotencyKey, confirm: false });
      expect(await spydra.transactions.reconcile('b', { assetId })).toMatchObject({ state: 'pending' });
      clock.advance(2_000);
      expect(await spydra.transactions.reconcile('a', { assetId })).toMatchObject({ state: 'committed' });
      expect(await spydra.transactions.reconcile('b', { assetId })).toMatchObject({
        state: 'failed',
        transaction: { error: 'MVCC_READ_CONFLICT' },
        // It may have been submitted again.
        final: false,
      });
      const since = new Date(Date.now() - 60_000);
      expect(await spydra.transactions.reconcile('b', { assetId, since })).toMatchObject({ final: true });
    });

    it('returns when a write that is not found can no longer be applied', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
      try {
        const { spydra } = sandboxed({ idempotency }, { uncertaintyWindow: 30_000 });
        const assetId = await minted(spydra, 1n);
        const since = new Date();
        const finalAt = new Date(since.getTime() + 30_000);
        const ask = () => spydra.transactions.reconcile('nowhere', { assetId, since });
        expect(await ask()).toEqual({ state: 'not-found', final: false, finalAt });
        vi.setSystemTime(finalAt);
        expect(await ask()).toEqual({ state: 'not-found', final: true, finalAt });
        expect(await spydra.transactions.reconcile('nowhere')).toMatchObject({ state: 'not-found', final: false });
      } finally {
        vi.useRealTimers();
      }
    });
  },
);

describe('reconcile, while a write of the same client may still be applied', () => {
  it.each([
    ['forward', 61_000],
    ['back', -3_600_000],
  ])('is not final if the system clock was set %s', async (_name, step) => {
    const { sandbox, spydra } = sandboxed({ idempotency: 'none' });
    const assetId = await minted(spydra, 1n, 1_000n);
    const lossy = testClient({
      ...sandbox.connection(),
      uncertaintyWindow: 60_000,
      fetch: (url, init) =>
        init?.method === 'POST' ? Promise.reject(new TypeError('reset')) : sandbox.fetch(url, init),
    });
    const mint = { assetId, recipientWallet: 'alice', amount: 1n };
    const options = { idempotencyKey: 'order-1', deadline: 1_000 };
    fakeTime();
    expect(await leaping(rejection(lossy.tokens.mint(mint, options)))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const since = new Date(Date.now() + Math.min(0, step) - 61_000);
    vi.setSystemTime(Date.now() + step);
    expect(await lossy.transactions.reconcile('order-1', { assetId, since })).toMatchObject({
      state: 'not-found',
      final: false,
    });
    expect(await leaping(rejection(lossy.tokens.mint(mint, options)))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });
});

it('reconcile without since returns the since that makes the next result final', async () => {
  const { spydra } = sandboxed({}, { uncertaintyWindow: 50 });
  const assetId = await minted(spydra, 1n);
  const first = await spydra.transactions.reconcile('nowhere', { assetId });
  expect(first).toMatchObject({ state: 'not-found', final: false, since: expect.any(Date) });
  const { since } = first as { since?: Date };
  await expect.poll(() => spydra.transactions.reconcile('nowhere', { assetId, since })).toMatchObject({ final: true });
});

it('a key that was found is refused each time for another input, where the server shows no metadata', async () => {
  const { sandbox, spydra } = sandboxed({ idempotency: 'filter' });
  const assetId = await minted(spydra, 100n);
  await pay(spydra, assetId, 1n);
  const withoutMetadata = (name: string, value: unknown) => (name === 'metadata' ? undefined : value);
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await sandbox.fetch(input, init);
    return Response.json(JSON.parse(await response.text(), withoutMetadata), { status: response.status });
  };
  const other = testClient({ ...sandbox.connection(), fetch, uncertaintyWindow: 60_000 });
  expect(await other.transactions.reconcile('order-1', { assetId })).toMatchObject({ state: 'committed' });
  for (let calls = 0; calls < 3; calls++) {
    expect(await rejection(pay(other, assetId, 2n))).toBeInstanceOf(IdempotencyConflictError);
  }
});

it.each([
  ['committed', 'found'],
  ['committed', 'sent'],
  ['pending', 'found'],
])(
  'what was found %s is not written again, where an earlier attempt was %s that has failed since',
  async (state, how) => {
    const clock = manualClock();
    const { sandbox, spydra } = sandboxed({ idempotency: 'filter', blockTime: 2_000, clock });
    const { sandbox: replica } = sandboxed({ idempotency: 'filter' });
    let isBehind = false;
    const fetch: typeof globalThis.fetch = (input, init) =>
      (isBehind && new URL(String(input)).pathname.endsWith('/transactions') ? replica : sandbox).fetch(input, init);
    const other = testClient({ ...sandbox.connection(), fetch, uncertaintyWindow: 60_000 });
    const find = () => other.transactions.reconcile('order-1', { assetId });
    const ticking = () => setInterval(() => clock.advance(2_000), 10);
    let ticks = ticking();
    onTestFinished(() => clearInterval(ticks));
    const assetId = await minted(spydra, 100n);
    clearInterval(ticks);
    const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
    await spydra.tokens.transfer(transfer, { confirm: false });
    const sender = how === 'sent' ? other : spydra;
    await sender.tokens.transfer(transfer, { idempotencyKey: 'order-1', confirm: false });
    if (how === 'found') expect(await find()).toMatchObject({ state: 'pending' });
    clock.advance(2_000);
    if (state === 'committed') ticks = ticking();
    const confirm = state === 'committed';
    const { transactionId } = await spydra.tokens.transfer(transfer, { idempotencyKey: 'order-1', confirm });
    expect(await find()).toMatchObject({ state, transaction: { transactionId } });
    isBehind = true;
    if (state === 'pending') ticks = ticking();
    expect(await pay(other, assetId, 1n)).toMatchObject({ transactionId, status: 'committed' });
    expect(await spydra.transactions.list({ assetId, type: 'transfer' })).toMatchObject({ total: 3 });
  },
);
