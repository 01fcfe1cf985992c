import fc from 'fast-check';
import {
  type CacheStore,
  InvalidResponseError,
  lru,
  NotCachedError,
  type SpydraClient,
  stringifyJson,
} from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { scaled } from '../../helpers/scale.js';

interface Row {
  transactionId: string;
  type: string;
  status: string;
  amount?: number;
  recipientWallet?: string;
  holderWallet?: string;
  fromWallet?: string;
  toWallet?: string;
}

/** A server that lists these transactions, oldest first. */
function server(rows: Row[]) {
  const asked: number[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const { searchParams } = new URL(String(input));
    const offset = Number(searchParams.get('offset'));
    asked.push(offset);
    const page = rows.slice(offset, offset + Number(searchParams.get('limit')));
    const transactions = page.map((row) => ({ ...row, assetId: 'a1', timestamp: '2026-01-01T00:00:00Z' }));
    return new Response(stringifyJson({ transactions, total: rows.length }));
  };
  return { asked, rows, fetch, spydra: testClient({ fetch, retries: 0, cache: true }) };
}

const mint = (n: number, status = 'COMMITTED', wallet = `w${n % 3}`): Row => ({
  transactionId: `t${n}`,
  type: 'mint',
  status,
  amount: 1,
  recipientWallet: wallet,
});
const mints = (count: number, from = 0) => Array.from({ length: count }, (_, n) => mint(from + n));

/** Reads again, as after a write. */
async function again(spydra: SpydraClient) {
  await spydra.cache.invalidate({ assetId: 'a1' });
  return spydra.tokens.supply('a1');
}

/** The result without a cache. */
const afresh = (fetch: typeof globalThis.fetch) => testClient({ fetch, retries: 0 }).tokens;

describe('repeated reads of holders', () => {
  it('request no transactions until a write invalidates them, and then only new ones', async () => {
    const { spydra, rows, asked } = server(mints(3_500));
    expect((await spydra.tokens.supply('a1')).totalMinted).toBe(3_500n);
    expect(asked).toEqual([0, 999, 1_998, 2_997, 3_499]);
    asked.length = 0;
    await spydra.tokens.holders('a1');
    expect(asked).toEqual([]);
    rows.push(...mints(100, 3_500));
    expect((await again(spydra)).totalMinted).toBe(3_600n);
    expect(asked).toEqual([3_400, 3_599]);
  });

  it('request the whole history with cache: reload', async () => {
    const { spydra, asked } = server(mints(1_500));
    await spydra.tokens.supply('a1');
    asked.length = 0;
    await spydra.tokens.supply('a1', { cache: 'reload' });
    expect(asked).toEqual([0, 999, 1_499]);
  });

  it('request the whole history if a late record appears before those that were read', async () => {
    const { spydra, rows, asked } = server(mints(2_500));
    await spydra.tokens.supply('a1');
    for (const place of [0, 1_200, 2_450]) {
      rows.splice(place, 0, mint(rows.length));
      asked.length = 0;
      expect((await again(spydra)).totalMinted).toBe(BigInt(rows.length));
      expect(asked).toContain(0);
    }
  });

  it('request the whole history if it was restarted', async () => {
    const { spydra, rows } = server(mints(2_500));
    await spydra.tokens.supply('a1');
    rows.splice(0, rows.length, ...mints(10, 5_000));
    expect((await again(spydra)).totalMinted).toBe(10n);
    rows.splice(0, rows.length);
    expect((await again(spydra)).totalMinted).toBe(0n);
  });

  it('keep no checkpoint beyond the first pending transaction', async () => {
    const { spydra, rows, asked } = server(mints(1_500));
    const pending = rows[1_200] as Row;
    pending.status = 'PENDING';
    expect((await spydra.tokens.supply('a1')).totalMinted).toBe(1_499n);
    pending.status = 'COMMITTED';
    asked.length = 0;
    // Nothing was invalidated: a pending transaction may commit at any time.
    expect((await spydra.tokens.supply('a1')).totalMinted).toBe(1_500n);
    expect(asked).toEqual([1_100, 1_499]);
  });

  it('never return only the checkpoint, even if stale results are allowed', async () => {
    const { rows, fetch } = server([mint(0), mint(1), mint(2, 'PENDING'), mint(3)]);
    const spydra = testClient({ fetch, retries: 0, cache: { staleWhileRevalidate: 60_000, staleIfError: 60_000 } });
    for (let n = 0; n < 3; n++) expect((await spydra.tokens.supply('a1')).totalMinted).toBe(3n);
    expect(await rejection(spydra.tokens.supply('a1', { cache: 'only-if-cached' }))).toBeInstanceOf(NotCachedError);
    rows.splice(0);
  });

  it('do not cache the result of a list that was incomplete and grew while it was read', async () => {
    const { spydra, rows } = server(mints(1_500));
    const { splice } = rows;
    let reads = 0;
    // The second page is read after a record appeared before it.
    rows.slice = function (this: Row[], from, to) {
      if (++reads === 2) splice.call(this, 10, 0, mint(9_999));
      return Array.prototype.slice.call(this, from, to);
    };
    await spydra.tokens.supply('a1');
    expect((await spydra.tokens.supply('a1')).totalMinted).toBe(1_501n);
  });

  it('ignore a checkpoint that cannot be their own', async () => {
    const store = lru();
    const { fetch } = server(mints(5));
    const spydra = testClient({ fetch, retries: 0, cache: { store } });
    const checkpoint = (change: object) =>
      JSON.stringify({
        ...{ assetId: 'a1', balances: [['evil', 5]], minted: 5, burned: 0, read: 5, lastRead: [], isFinal: true },
        ...change,
      });
    const lastRead = ['t0', 't1', 't2', 't3', 't4'];
    for (const body of [
      checkpoint({}),
      checkpoint({ read: 0, lastRead: ['x'] }),
      checkpoint({ read: 0 }),
      checkpoint({ lastRead, assetId: 'a2' }),
      checkpoint({ lastRead, minted: 6 }),
    ]) {
      const poisoned: CacheStore = {
        ...store,
        get: (key) => (key.includes('checkpoint') ? `2 1 1 0 \n${key}\n${body}` : store.get(key)),
      };
      const victim = testClient({ fetch, retries: 0, cache: { store: poisoned } });
      expect((await victim.tokens.holders('a1')).map(({ wallet }) => wallet)).toEqual(['w0', 'w1', 'w2']);
    }
    expect((await spydra.tokens.supply('a1')).totalMinted).toBe(5n);
  });

  it('throw if the history is inconsistent, including the earlier part', async () => {
    const { spydra, rows } = server(mints(5));
    await spydra.tokens.supply('a1');
    rows.push({ transactionId: 't9', type: 'burn', status: 'COMMITTED', amount: 3, holderWallet: 'w0' });
    await spydra.cache.invalidate({ assetId: 'a1' });
    expect(await rejection(spydra.tokens.supply('a1'))).toBeInstanceOf(InvalidResponseError);
  });

  it('equal a read of the whole history after any sequence of events', async () => {
    let asked = 0;
    const status = fc.constantFrom('COMMITTED', 'COMMITTED', 'FAILED', 'PENDING');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 150 }), status }),
      fc.record({ kind: fc.constant('late' as const), place: fc.nat(), status }),
      fc.record({ kind: fc.constant('settle' as const), as: fc.constantFrom('COMMITTED', 'FAILED') }),
      fc.record({ kind: fc.constant('ask' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { spydra, rows, fetch } = server([]);
        let n = 0;
        for (const what of [...steps, { kind: 'ask' } as const]) {
          if (what.kind === 'add') {
            for (let i = 0; i < what.count; i++) rows.push(mint(n++, what.status));
          } else if (what.kind === 'late') {
            rows.splice(what.place % (rows.length + 1), 0, mint(n++, what.status));
          } else if (what.kind === 'settle') {
            for (const row of rows) if (row.status === 'PENDING') row.status = what.as;
          } else {
            await spydra.cache.invalidate({ assetId: 'a1' });
            expect(await spydra.tokens.holders('a1')).toEqual(await afresh(fetch).holders('a1'));
            asked++;
          }
        }
      }),
      { numRuns: scaled(15) },
    );
    expect(asked).toBeGreaterThan(scaled(15));
  });
});

describe('a history that grows while it is read', () => {
  it.each([0, 1, 3, 999, 1_000, 1_001, 2_500])(
    'of %i transactions at first is read up to its first end',
    async (count) => {
      const { rows, asked, fetch } = server(mints(count));
      const busy: typeof globalThis.fetch = async (input, init) => {
        rows.push(...mints(2, rows.length));
        return fetch(input, init);
      };
      const { totalMinted } = await testClient({ fetch: busy, retries: 0 }).tokens.supply('a1');
      expect(totalMinted).toBeGreaterThanOrEqual(BigInt(count + 2));
      // The pages, one beyond them, and one that shows that the list has grown.
      expect(asked.length).toBeLessThanOrEqual(Math.ceil((count + 2) / 1_000) + 3);
    },
  );

  it('is continued from a checkpoint, and never returns less than before', async () => {
    const { rows, fetch } = server(mints(1_200));
    const busy: typeof globalThis.fetch = async (input, init) => {
      rows.push(...mints(2, rows.length));
      return fetch(input, init);
    };
    const spydra = testClient({ fetch: busy, retries: 0, cache: true });
    let before = 1_200n;
    for (let n = 0; n < 5; n++) {
      const { totalMinted } = await again(spydra);
      expect(totalMinted).toBeGreaterThan(before);
      before = totalMinted;
    }
  });

  it.each([
    ['its page', (_offset: number, shown: number) => shown],
    ['what it has shown so far', (offset: number, shown: number) => offset + shown],
    ['the size of a page', () => 100],
  ])('is distinguished from short pages of a server that reports %s as the total', async (_what, total) => {
    const { rows } = server(mints(950));
    const fetch: typeof globalThis.fetch = async (input) => {
      const { searchParams } = new URL(String(input));
      const offset = Number(searchParams.get('offset'));
      const page = rows.slice(offset, offset + Math.min(100, Number(searchParams.get('limit'))));
      const transactions = page.map((row) => ({ ...row, assetId: 'a1', timestamp: '2026-01-01T00:00:00Z' }));
      return Response.json({ transactions, total: total(offset, page.length) });
    };
    expect((await afresh(fetch).supply('a1')).totalMinted).toBe(950n);
  });
});
