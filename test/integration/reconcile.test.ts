import { manualClock } from 'spydra-sdk/sandbox';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';

describe.each(['header', 'filter', 'none'] as const)(
  'transactions.reconcile, on a server of the kind %j',
  (idempotency) => {
    it('finds a write whose answer was lost, and that could not be looked for', async () => {
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

    it('tells pending from failed', async () => {
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

    it('says from when on a write that is not found cannot come any more', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
      try {
        const { spydra } = sandboxed({ idempotency }, { settleWindow: 30_000 });
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
