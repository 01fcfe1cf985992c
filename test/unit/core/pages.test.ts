import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageList, type ReadSlice } from '../../../src/core/pages.js';
import { rejection } from '../../helpers/client.js';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** A list of so many numbers, and what was read of it. */
function listOf(count: number, input: ConstructorParameters<typeof PageList<number>>[2] = {}) {
  const reads: { limit: number; offset: number; isPart: boolean }[] = [];
  const read: ReadSlice<number> = async (range, isPart) => {
    reads.push({ ...range, isPart });
    return { items: numbers(count).slice(range.offset, range.offset + range.limit), total: count };
  };
  return { list: new PageList(read, String, input), reads };
}

describe('a list', () => {
  it('reads nothing before it is awaited, and again each time it is', async () => {
    const { list, reads } = listOf(3);
    expect(reads).toEqual([]);
    await list;
    await list;
    expect(reads).toEqual(Array(2).fill({ limit: 100, offset: 0, isPart: false }));
  });

  it.each([
    [{}, { offset: 0, limit: 100, hasMore: true }],
    [{ limit: 20 }, { offset: 0, limit: 20, hasMore: true }],
    [
      { offset: 200, limit: 20 },
      { offset: 200, limit: 20, hasMore: true },
    ],
    [
      { offset: 240, limit: 20 },
      { offset: 240, limit: 20, hasMore: false },
    ],
    [{ offset: 300 }, { offset: 300, limit: 100, hasMore: false }],
    [{ maxItems: 7 }, { offset: 0, limit: 7, hasMore: true }],
  ])('that is awaited with %j is the page %j', async (input, page) => {
    const { list } = listOf(250, input);
    const items = numbers(250).slice(page.offset, page.offset + page.limit);
    expect({ ...(await list) }).toEqual({ items, total: 250, ...page });
  });

  it('is as a promise: it can be caught, and has an end', async () => {
    const failing = new PageList<number>(() => Promise.reject(new Error('down')), String, {});
    expect(await failing.catch(() => 'caught')).toBe('caught');
    let ends = 0;
    expect(await rejection(failing.finally(() => ends++))).toMatchObject({ message: 'down' });
    expect(ends).toBe(1);
  });

  it('is read in parts when it is iterated', async () => {
    const { list, reads } = listOf(5, { limit: 2 });
    const items: number[] = [];
    for await (const item of list) items.push(item);
    expect(items).toEqual(numbers(5));
    expect(reads.every(({ isPart }) => isPart)).toBe(true);
  });
});

describe('the pages of a list', () => {
  const count = fc.integer({ min: 1, max: 30 });

  it('hold its items, each once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        count,
        count,
        fc.integer({ min: 0, max: 30 }),
        async (size, limit, maxItems, offset) => {
          const { list } = listOf(size, { limit, maxItems, offset });
          const items: number[] = [];
          for (let page: Awaited<typeof list> | undefined = await list; page; page = await page.next()) {
            items.push(...page.items);
          }
          expect(items).toEqual(numbers(size).slice(offset, offset + maxItems));
        },
      ),
    );
  });

  it('are data alone when they are copied', async () => {
    const page = await listOf(3, { limit: 2 }).list;
    expect(Object.keys(page)).toEqual(['items', 'total', 'limit', 'offset', 'hasMore']);
    expect(JSON.parse(JSON.stringify(page))).toEqual({ items: [0, 1], total: 3, limit: 2, offset: 0, hasMore: true });
  });
});
