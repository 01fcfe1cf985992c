import type { Context } from 'fabric-contract-api';
import { expect, it } from 'vitest';
import { SpydraContract } from '../spydra-contract.js';

/** A stub that answers every query with these rows, by pages. */
function contextWith(...rows: readonly string[]) {
  const asked: unknown[] = [];
  let open = 0;
  const stub = {
    async getQueryResultWithPagination(query: string, pageSize: number, bookmark: string) {
      asked.push([query, pageSize, bookmark]);
      const from = Number(bookmark);
      const page = rows.slice(from, from + pageSize);
      const values = page.values();
      open += 1;
      const iterator = {
        async next() {
          const { value, done = false } = values.next();
          return { value: { key: '', value: Buffer.from(value ?? '') }, done };
        },
        async close() {
          open -= 1;
        },
      };
      // fabric-shim gives no metadata for an empty page.
      if (page.length === 0) return { iterator };
      return { iterator, metadata: { fetchedRecordsCount: page.length, bookmark: String(from + page.length) } };
    },
  };
  return { context: { stub } as unknown as Context, asked, open: () => open };
}

async function pages(contract: SpydraContract, context: Context, pageSize: string) {
  const read: unknown[] = [];
  let bookmark = '';
  do {
    const page = JSON.parse(await contract.ReadDataFromQueryString(context, '{}', pageSize, bookmark));
    read.push(page);
    bookmark = page.bookmark ?? '';
  } while (bookmark !== '');
  return read;
}

it('SpydraContract reads a query by pages, each with a bookmark if there may be more', async () => {
  const { context, asked, open } = contextWith('{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}');
  expect(await pages(new SpydraContract(), context, '2')).toEqual([
    { records: ['{"n":1}', '{"n":2}'], count: 2, bookmark: '2' },
    { records: ['{"n":3}', '{"n":4}'], count: 2, bookmark: '4' },
    { records: [], count: 0 },
  ]);
  expect(asked[0]).toEqual(['{}', 2, '']);
  expect(open()).toBe(0);
});

it.each(['0', '-1', '1.5', '', 'ten'])('SpydraContract refuses a page size of "%s"', async (pageSize) => {
  const { context, asked } = contextWith();
  await expect(new SpydraContract().ReadDataFromQueryString(context, '{}', pageSize)).rejects.toThrow(
    'pageSize must be a whole number from 1 on.',
  );
  expect(asked).toEqual([]);
});
