import fc from 'fast-check';
import { type Page, PaginationError } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { scaled } from '../helpers/scale.js';

const record = (n: number) => ({ transactionId: `t${n}`, type: 'mint', status: 'COMMITTED', timestamp: '' });

/** A client of a server that returns `answer(offset, limit)`. */
function listing(
  answer: (offset: number, limit: number, request: number) => { from: number; to: number; total: number },
) {
  const fetch = vi.fn<typeof globalThis.fetch>(async (url) => {
    const query = new URL(String(url)).searchParams;
    const { from, to, total } = answer(
      Number(query.get('offset')),
      Number(query.get('limit')),
      fetch.mock.calls.length,
    );
    const transactions = Array.from({ length: Math.max(0, to - from) }, (_, i) => record(from + i));
    return Response.json({ transactions, total });
  });
  return { client: testClient({ fetch }), fetch };
}

/** A correct server with `count` records. */
const honest = (count: number) =>
  listing((offset, limit) => ({ from: offset, to: Math.min(offset + limit, count), total: count }));

async function idsOf(list: AsyncIterable<{ transactionId: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const item of list) ids.push(item.transactionId);
  return ids;
}
const ids = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `t${from + i}`);

describe('a list', () => {
  it('resolves to one page if awaited', async () => {
    const { client, fetch } = honest(250);
    const page = await client.transactions.list({ limit: 100, offset: 200 });
    expect(page).toMatchObject({ total: 250, limit: 100, offset: 200, hasMore: false });
    expect(page.items).toHaveLength(50);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('yields every item once if iterated, with any page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(120),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(130),
        fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
        async (count, limit, offset, maxItems) => {
          const { client } = honest(count);
          const expected = ids(Math.max(0, count - offset), offset).slice(0, maxItems);
          expect(await idsOf(client.transactions.list({ limit, offset, maxItems }))).toEqual(expected);
        },
      ),
      { numRuns: scaled(25) },
    );
  });

  it('sends nothing before it is used, and requests no unnecessary pages', async () => {
    const { client, fetch } = honest(1_000);
    const list = client.transactions.list({ limit: 10, maxItems: 25 });
    await Promise.resolve();
    expect(fetch).not.toHaveBeenCalled();
    expect(await idsOf(list)).toHaveLength(25);
    expect(fetch).toHaveBeenCalledTimes(3);
    for await (const _ of client.transactions.list({ limit: 10 })) break;
    expect(fetch).toHaveBeenCalledTimes(4);
  });

  it('continues if a server gives shorter pages than requested', async () => {
    const { client } = listing((offset) => ({ from: offset, to: Math.min(offset + 7, 30), total: 30 }));
    expect(await idsOf(client.transactions.list({ limit: 100 }))).toEqual(ids(30));
  });

  it.each([
    [3, 10],
    [3, 5],
    [7, 10],
  ])('deduplicates items when %i new ones are inserted in front of each page of %i', async (growth, size) => {
    const { client } = listing((offset, limit, request) => {
      const added = (request - 1) * growth;
      return { from: offset - added, to: Math.min(offset - added + limit, 40), total: 40 + added };
    });
    expect(await idsOf(client.transactions.list({ limit: size }))).toEqual(ids(40));
  });

  it('throws if the server repeats a page', async () => {
    const { client, fetch } = listing((_offset, limit) => ({ from: 0, to: limit, total: 200 }));
    expect(await rejection(idsOf(client.transactions.list({ limit: 100 })))).toBeInstanceOf(PaginationError);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('throws if the server gives fewer items than its total', async () => {
    const { client } = listing((offset) => ({ from: offset, to: Math.min(offset + 10, 20), total: 1_000 }));
    expect(await rejection(idsOf(client.transactions.list({ limit: 10 })))).toBeInstanceOf(PaginationError);
  });

  it.each([
    ['its page', (offset: number, limit: number) => Math.min(limit, 95 - offset)],
    ['a round number', () => 50],
  ])('continues if the server reports %s as the total', async (_what, total) => {
    const { client } = listing((offset, limit) => ({
      from: offset,
      to: Math.min(offset + limit, 95),
      total: total(offset, limit),
    }));
    expect(await idsOf(client.transactions.list({ limit: 10 }))).toEqual(ids(95));
  });

  it('throws if the server repeats a page with a growing total', async () => {
    const { client } = listing((_offset, limit, request) => ({ from: 0, to: limit, total: 200 + request }));
    expect(await rejection(idsOf(client.transactions.list({ limit: 100 })))).toBeInstanceOf(PaginationError);
  });

  it('rejects with the error of its page, also in the middle', async () => {
    const { client, fetch } = honest(30);
    const list = client.transactions.list({ limit: 10 });
    const seen: string[] = [];
    fetch.mockImplementationOnce(async () => Response.json({ transactions: [record(0)], total: 30 }));
    fetch.mockImplementationOnce(async () => Response.json({ message: 'no' }, { status: 403 }));
    const error = await rejection(
      (async () => {
        for await (const item of list) seen.push(item.transactionId);
      })(),
    );
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
    expect(seen).toEqual(['t0']);
    expect(await client.transactions.list().catch(() => 'caught')).toMatchObject({ total: 30 });
  });
});

describe('page.next()', () => {
  const offsetsOf = async (first: Page<unknown>) => {
    const offsets: number[] = [];
    for (let page: Page<unknown> | undefined = first; page; page = await page.next()) offsets.push(page.offset);
    return offsets;
  };

  it('reads the following page, up to the last one', async () => {
    const { client, fetch } = honest(250);
    expect(await offsetsOf(await client.transactions.list({ limit: 100 }))).toEqual([0, 100, 200]);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('returns undefined after the last page, even if that is full', async () => {
    const { client } = honest(200);
    expect(await offsetsOf(await client.transactions.list({ limit: 100 }))).toEqual([0, 100]);
    expect(await (await client.transactions.list({ offset: 500 })).next()).toBeUndefined();
  });

  it('reads on if the server reports the page length as the total', async () => {
    const { client } = listing((offset, limit) => {
      const to = Math.min(offset + limit, 95);
      return { from: offset, to, total: to - offset };
    });
    expect(await offsetsOf(await client.transactions.list({ limit: 40 }))).toEqual([0, 40, 80]);
  });

  it('respects maxItems', async () => {
    const { client } = honest(250);
    const first = await client.transactions.list({ limit: 20, offset: 10, maxItems: 50 });
    const third = await (await first.next())?.next();
    expect(third).toMatchObject({ offset: 50, limit: 10 });
    expect(await third?.next()).toBeUndefined();
  });

  it('does not appear in the JSON, copies and keys of a page', async () => {
    const { client } = honest(3);
    const page = await client.transactions.list({ limit: 2 });
    const data = { items: page.items, total: 3, limit: 2, offset: 0, hasMore: true };
    for (const copy of [{ ...page }, structuredClone(page), JSON.parse(JSON.stringify(page))]) {
      expect(copy).toStrictEqual(data);
    }
    const { next } = page;
    expect(await next()).toMatchObject({ offset: 2 });
  });
});
