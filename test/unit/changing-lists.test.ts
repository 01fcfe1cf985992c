import fc from 'fast-check';
import { PaginationError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { FLAT } from '../helpers/flat.js';
import { sandboxed } from '../helpers/sandbox.js';

/** What a server reports as the total of a list. */
type Total = (rows: readonly string[], offset: number, shown: number) => number;
const ofAll: Total = ({ length }) => length;
const ofPage: Total = (_rows, _offset, shown) => shown;

/** A client of a server whose list changes before its n-th response, from 1, and the number of requests. */
function changing(rows: string[], change: (rows: string[], n: number) => void, total: Total = ofAll) {
  const asked: number[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    const query = new URL(String(url)).searchParams;
    const offset = Number(query.get('offset'));
    asked.push(offset);
    change(rows, asked.length);
    const page = rows.slice(offset, offset + Number(query.get('limit')));
    const transactions = page.map((transactionId) => ({
      transactionId,
      type: 'x',
      status: 'COMMITTED',
      timestamp: '',
    }));
    return Response.json({ transactions, total: total(rows, offset, page.length) });
  };
  return { client: testClient({ fetch }), asked };
}

const ids = (count: number, prefix = 't') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

async function read(client: SpydraClient, limit: number, onItem: (id: string) => void = () => {}) {
  const given: string[] = [];
  for await (const { transactionId } of client.transactions.list({ limit })) {
    given.push(transactionId);
    onItem(transactionId);
  }
  return given;
}

describe('a list that changes while it is iterated', () => {
  it.each([1, 5, 10, 15, 29])('throws an error that it shrank by %i', async (by) => {
    const { client } = changing(ids(30), (rows, n) => n === 2 && rows.splice(0, by));
    const error = await rejection(read(client, 10));
    expect(error).toBeInstanceOf(PaginationError);
    expect(error).toMatchObject({ message: expect.stringContaining(`from 30 items to ${30 - by}`), retryable: true });
  });

  it('throws if equally many items were added and removed', async () => {
    const { client } = changing(ids(30), (rows, n) => n === 2 && rows.push(...rows.splice(0, 5).map((id) => `${id}'`)));
    expect(await rejection(read(client, 10))).toMatchObject({ message: expect.stringContaining('items left it') });
  });

  it('throws if items that were read move to its end', async () => {
    const { client } = changing(ids(40), (rows, n) => n > 1 && rows.push(...rows.splice(0, 9)));
    expect(await rejection(read(client, 10))).toBeInstanceOf(PaginationError);
    const all = changing(ids(4), (rows, n) => n === 2 && rows.push(...rows.splice(0, 3)));
    expect(await rejection(read(all.client, 3))).toBeInstanceOf(PaginationError);
  });

  it('throws if equal items change places between two pages', async () => {
    const { client } = changing(ids(6), (rows, n) => n === 2 && rows.splice(0, 6, 't3', 't0', 't2', 't1', 't4', 't5'));
    expect(await rejection(read(client, 3))).toMatchObject({
      message: expect.stringContaining('named 6 items and gave 5'),
    });
  });

  it.each([1, 9, 10, 35, 1_000])('yields all items if %i new ones are inserted in front', async (count) => {
    const { client } = changing(ids(30), (rows, n) => n === 2 && rows.unshift(...ids(count, 'new')));
    expect(await read(client, 10)).toEqual(ids(30));
  });

  it.each([1, 9, 10, 35])('yields all items if %i new ones are appended', async (count) => {
    const { client } = changing(ids(30), (rows, n) => n === 2 && rows.push(...ids(count, 'new')));
    expect(await read(client, 10)).toEqual([...ids(30), ...ids(count, 'new')]);
  });

  it('yields all items if only items that were read are removed', async () => {
    const { client } = changing(ids(20), (rows, n) => n === 3 && rows.splice(0));
    expect(await read(client, 11)).toEqual(ids(20));
    const full = changing(ids(20), (rows, n) => n === 2 && rows.splice(0, 15));
    expect(await read(full.client, 20)).toEqual(ids(20));
  });

  it('misses items undetectably if the server reports the page length as the total', async () => {
    const { client } = changing(ids(30), (rows, n) => n === 2 && rows.splice(0, 20), ofPage);
    expect(await rejection(read(client, 20))).toBeInstanceOf(PaginationError);
  });

  it('requests one more item per page than it yields, and no additional page', async () => {
    const { client, asked } = changing(ids(250), () => {});
    await read(client, 100);
    expect(asked).toEqual([0, 99, 198]);
  });

  it('requests one page for each item if pages have one', async () => {
    const { client } = changing(ids(5), () => {});
    expect(await read(client, 1)).toEqual(ids(5));
  });

  const step = fc.oneof(
    fc.record({ take: fc.nat(40), count: fc.integer({ min: 1, max: 15 }) }),
    fc.record({ put: fc.constantFrom('front', 'end', 'middle'), count: fc.integer({ min: 1, max: 15 }) }),
  );
  const changes = fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 8 });

  it.each([
    ['of all', ofAll],
    ['of its page', ofPage],
    ['of what it has shown so far', ((_rows, offset, shown) => offset + shown) satisfies Total],
  ])('yields all remaining items or throws, if the total is that %s', async (_what, total) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 20 }), changes, async (count, limit, plan) => {
        const rows = ids(count);
        const stayed = new Set(rows);
        let added = 0;
        const { client } = changing(
          rows,
          (_, n) => {
            for (const change of n === 1 ? [] : (plan[n - 2] ?? [])) {
              if ('take' in change) for (const id of rows.splice(change.take, change.count)) stayed.delete(id);
              else {
                const place = { front: 0, end: rows.length, middle: Math.floor(rows.length / 2) }[change.put];
                rows.splice(place, 0, ...ids(change.count, `new${added++}-`));
              }
            }
          },
          total,
        );
        const given = await read(client, limit).catch((error: unknown) => error);
        if (!Array.isArray(given)) {
          expect(given).toBeInstanceOf(PaginationError);
          return;
        }
        expect(new Set(given).size).toBe(given.length);
        expect(given).toEqual(expect.arrayContaining([...stayed]));
        // Without new items, removed ones cannot be replaced.
        if (added === 0) expect(given.length).toBeGreaterThanOrEqual(total === ofAll ? count : stayed.size);
      }),
      { numRuns: 150 },
    );
  });

  it('yields all items or throws, if the loop removes items from it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        fc.func(fc.boolean()),
        async (count, limit, takes) => {
          const rows = ids(count);
          const { client } = changing(rows, () => {});
          const given = await read(client, limit, (id) => takes(id) && rows.splice(rows.indexOf(id), 1)).catch(
            (error: unknown) => error,
          );
          if (Array.isArray(given)) expect(given).toEqual(ids(count));
          else expect(given).toBeInstanceOf(PaginationError);
        },
      ),
    );
  });
});

describe('publishing every draft', () => {
  const drafts = async (count: number) => {
    const { spydra } = sandboxed({ blockTime: 0 });
    for (let n = 0; n < count; n++) await spydra.assets.create(FLAT);
    return spydra;
  };

  it('while they are iterated throws an error that the list shrank', async () => {
    const spydra = await drafts(25);
    const loop = async () => {
      for await (const { assetId } of spydra.assets.list({ status: 'draft', limit: 10 })) {
        await spydra.assets.publish(assetId, { publisherWallet: 'w' });
      }
    };
    expect(await rejection(loop())).toMatchObject({
      name: 'PaginationError',
      message: expect.stringContaining('shrank from 25 items to 15'),
    });
  });

  it('works with a list that was read before, or with the first page until it is empty', async () => {
    const spydra = await drafts(25);
    const all = [];
    for await (const draft of spydra.assets.list({ status: 'draft', limit: 10 })) all.push(draft);
    for (const { assetId } of all.slice(0, 12)) await spydra.assets.publish(assetId, { publisherWallet: 'w' });
    const firstDrafts = () => spydra.assets.list({ status: 'draft', limit: 10 });
    for (let page = await firstDrafts(); page.items.length > 0; page = await firstDrafts()) {
      for (const { assetId } of page.items) await spydra.assets.publish(assetId, { publisherWallet: 'w' });
    }
    expect(await spydra.assets.list({ status: 'published' })).toMatchObject({ total: 25 });
  });
});
