import { describe, expect, it } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { accepted, OddServer } from '../../helpers/faulty-server.js';
import { FLAT } from '../../helpers/flat.js';
import { KEYED, MINT } from '../../helpers/scripted-ledger.js';

const { idempotencyKey } = KEYED;
/** Longer than any window. */
const SINCE = { assetId: 'a1', since: new Date(0) };
/** The window in which a write may arrive: longer than any test. */
const LONG = { uncertaintyWindow: 60_000 };

describe('in the client that writes under a key', () => {
  it.each([
    ['not-found', 'the first attempt', { attempt: 1 }],
    ['failed', 'the second attempt after a read conflict', { attempt: 2 }],
  ])('reconcile is not final about a key that is %s while %s is under way', async (state, _name, { attempt }) => {
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const server = new OddServer({
      filtersByKey: true,
      answer: async ({ n, apply }) => {
        if (n === attempt) await arrival;
        const { record } = apply();
        if (n < attempt) Object.assign(record, { status: 'FAILED', error: 'MVCC_READ_CONFLICT' });
        return accepted(record);
      },
    });
    const client = server.client(LONG);
    const write = client.tokens.mint(MINT, KEYED);
    await expect.poll(() => server.writes).toBe(attempt);
    const found = await client.transactions.reconcile(idempotencyKey, SINCE);
    expect(found).toMatchObject({ state, final: false });
    arrive();
    expect(await write).toMatchObject({ transactionId: `t${attempt}`, status: 'committed' });
    expect(await client.transactions.reconcile(idempotencyKey, SINCE)).toMatchObject({ state: 'committed' });
  });

  it.each([true, false])(
    'reconcile is not final about a write that was accepted and is not listed yet: confirm %s',
    async (confirm) => {
      const server = new OddServer({ filtersByKey: true, lag: Number.POSITIVE_INFINITY });
      const client = server.client(LONG);
      await client.tokens.mint(MINT, { ...KEYED, confirm });
      const found = await client.transactions.reconcile(idempotencyKey, SINCE);
      expect(found).toMatchObject({ state: 'not-found', final: false });
    },
  );
});

describe('on a server that keeps the key of some writes only', () => {
  const LATER = { assetId: 'a1', since: new Date(Date.now() - 60_000) };

  it.each([true, false])(
    'reconcile does not draw conclusions for transfers from mints: filter %s',
    async (filtersByKey) => {
      const server = new OddServer({
        filtersByKey,
        keep: (metadata, type) => (type === 'transfer' ? { transferredAt: metadata.transferredAt } : metadata),
      });
      await server.client().tokens.mint(MINT);
      const transfer = { assetId: 'a1', fromWallet: 'alice', toWallet: 'bob', amount: 1n };
      await server.client().tokens.transfer(transfer, KEYED);
      const error = await rejection(server.client().transactions.reconcile(idempotencyKey, LATER));
      expect(error).toMatchObject({ code: 'INVALID_RESPONSE' });
    },
  );

  it.each([true, false])(
    'reconcile does not report a mint as absent whose key was dropped: filter %s',
    async (filtersByKey) => {
      const server = new OddServer({ filtersByKey, keep: ({ mintedAt, minter }) => ({ mintedAt, minter }) });
      await server.client().tokens.mint(MINT, KEYED);
      const error = await rejection(server.client().transactions.reconcile(idempotencyKey, LATER));
      expect(error).toMatchObject({ code: 'INVALID_RESPONSE' });
    },
  );

  it.each([true, false])('a create is sent once under a key that was dropped: filter %s', async (filtersByKey) => {
    const server = new OddServer({ filtersByKey, keep: ({ createdAt, creator }) => ({ createdAt, creator }) });
    for (let call = 0; call < 3; call++) {
      const error = await rejection(server.client().assets.create(FLAT, KEYED));
      expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    }
    expect(server.writes).toBe(1);
  });
});
