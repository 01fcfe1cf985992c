import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyItem, type IterationInput, type ReadPage } from '../../../src/core/page-iteration.js';
import { PaginationError } from '../../../src/errors.js';
import { rejection } from '../../helpers/client.js';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const id = String;

/** Reads pages of a list, which `change` may change before each read, from 1 on. */
function reading(list: number[], change: (read: number) => void = () => {}) {
  const offsets: number[] = [];
  const read: ReadPage<number> = async (offset, limit) => {
    offsets.push(offset);
    change(offsets.length);
    const items = list.slice(offset, offset + limit);
    const hasMore = offset + items.length < list.length;
    return { items, total: list.length, limit, offset, hasMore, next: async () => undefined };
  };
  return { read, offsets };
}

async function all(read: ReadPage<number>, input: Partial<IterationInput> = {}): Promise<number[]> {
  const whole = { limit: 10, offset: 0, maxItems: Number.POSITIVE_INFINITY, untilEmpty: false, isAppended: false };
  const items: number[] = [];
  for await (const item of everyItem(read, id, { ...whole, ...input })) items.push(item);
  return items;
}

describe('the items of a list', () => {
  it('come once each and in order, with any page size, offset and maximum', async () => {
    const count = fc.integer({ min: 0, max: 40 });
    await fc.assert(
      fc.asyncProperty(
        count,
        count,
        fc.integer({ min: 1, max: 45 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (size, offset, maxItems, limit, untilEmpty) => {
          const { read } = reading(numbers(size));
          const expected = numbers(size).slice(offset, offset + maxItems);
          expect(await all(read, { limit, offset, maxItems, untilEmpty })).toEqual(expected);
        },
      ),
    );
  });

  it('come once each if new ones are inserted before them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        async (size, limit, inserted) => {
          const list = numbers(size);
          const { read } = reading(list, (n) => {
            // Fewer than a page has.
            if (n > 1 && n < 10)
              list.unshift(...numbers(Math.min(inserted, Math.max(0, limit - 2))).map((k) => 1_000 * n + k));
          });
          const items = await all(read, { limit });
          expect(items.filter((item) => item < 1_000)).toEqual(numbers(size));
          expect(new Set(items).size).toBe(items.length);
        },
      ),
    );
  });

  it('are read no further than necessary', async () => {
    const { read, offsets } = reading(numbers(25));
    await all(read, { limit: 10, maxItems: 10 });
    expect(offsets).toEqual([0]);
  });

  it('of a list that is appended to are those of its beginning', async () => {
    const list = numbers(6);
    const { read } = reading(list, () => list.push(list.length, list.length + 1));
    const items = await all(read, { limit: 3, isAppended: true });
    expect(items.slice(0, 6)).toEqual(numbers(6));
    expect(items.length).toBeLessThan(20);
  });
});

describe('PaginationError is thrown', () => {
  it('and is retryable, if the list has lost items meanwhile', async () => {
    const list = numbers(10);
    const { read } = reading(list, (n) => void (n === 2 && list.splice(0, 3)));
    const error = await rejection(all(read, { limit: 3 }));
    expect(error).toBeInstanceOf(PaginationError);
    expect(error).toMatchObject({ retryable: true });
  });

  it('if the server repeats a page', async () => {
    const page = { items: [1, 2, 3], total: 100, limit: 3, offset: 0, hasMore: true, next: async () => undefined };
    await expect(all(async (offset) => ({ ...page, offset }), { limit: 3 })).rejects.toThrow(PaginationError);
  });

  it('if the server names more items than it gives', async () => {
    const { read } = reading(numbers(5));
    const lying: ReadPage<number> = async (offset, limit) => ({
      ...(await read(offset, limit)),
      total: 9,
      hasMore: false,
    });
    await expect(all(lying)).rejects.toThrow('named 9 items and gave 5');
  });
});
