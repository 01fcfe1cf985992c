import { testClient } from './client.js';
import { mockServer } from './mock-server.js';

export type Body = Record<string, unknown>;
interface Upstream {
  post?: (body: Body, n: number) => Response;
  transaction?: (id: string, n: number) => Response;
  list?: (query: URLSearchParams, n: number) => Response;
  balances?: () => Response;
}

export const timestamp = '2026-01-01T00:00:00Z';
/** A committed mint of 5 for alice, without metadata. */
export const record = (transactionId: string, more: object = {}) => ({
  transactionId,
  type: 'mint',
  status: 'COMMITTED',
  assetId: 'a1',
  timestamp,
  recipientWallet: 'alice',
  amount: 5,
  ...more,
});
export const listed = (records: object[], total = records.length) => Response.json({ transactions: records, total });

/** A client of a server with these responses; `posts` are the writes that it received. */
export function scriptedLedger({ post, transaction, list, balances }: Upstream) {
  const posts: Body[] = [];
  const count = { request: 0, transaction: 0, list: 0 };
  const server = mockServer(async (request) => {
    const url = new URL(request.url);
    count.request++;
    if (request.method === 'POST') {
      posts.push((await request.json()) as Body);
      const body = posts.at(-1) ?? {};
      return post?.(body, posts.length) ?? Response.json({ transactionId: `t${posts.length}`, newBalance: 5 });
    }
    if (url.pathname.endsWith('/transactions')) return list?.(url.searchParams, ++count.list) ?? listed([]);
    if (url.pathname.includes('/balances/')) return balances?.() ?? Response.json({ balances: [] });
    const id = url.pathname.split('/').at(-1) ?? '';
    // As sent by the write whose response has this id.
    const { metadata } = posts[Number(id.slice(1)) - 1] ?? {};
    return transaction?.(id, ++count.transaction) ?? Response.json(record(id, { metadata }));
  });
  return { client: testClient({ ...server, retries: 1 }), posts, count, server };
}

export const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };
export const KEYED = { idempotencyKey: 'order-7' };
/** The same, with the key `order-7`. */
export const mine = (transactionId: string, more: object = {}) =>
  record(transactionId, { metadata: { idempotencyKey: 'order-7' }, ...more });
