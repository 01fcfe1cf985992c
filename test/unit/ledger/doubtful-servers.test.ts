import { IdempotencyConflictError, InvalidResponseError, OutcomeUnknownError } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { minted, sandboxed } from '../../helpers/sandbox.js';

// Servers that contradict what the SDK would like to assume. None of them may make it write twice or call a write done
// that it has not seen.

type Body = Record<string, unknown>;
interface Upstream {
  post?: (body: Body, n: number) => Response;
  transaction?: (id: string, n: number) => Response;
  list?: (query: URLSearchParams, n: number) => Response;
  balances?: () => Response;
}

const timestamp = '2026-01-01T00:00:00Z';
const record = (transactionId: string, more: object = {}) => ({
  transactionId,
  type: 'mint',
  status: 'COMMITTED',
  assetId: 'a1',
  timestamp,
  recipientWallet: 'alice',
  amount: 5,
  ...more,
});
const listed = (records: object[], total = records.length) => Response.json({ transactions: records, total });

/** A client of a server that answers so; `posts` are the writes that it took. */
function upstream({ post, transaction, list, balances }: Upstream) {
  const posts: Body[] = [];
  const count = { transaction: 0, list: 0 };
  const fetch = vi.fn<typeof globalThis.fetch>(async (input, init) => {
    const url = new URL(String(input));
    if (init?.method === 'POST') {
      posts.push(JSON.parse(String(init.body)));
      const body = posts.at(-1) ?? {};
      return post?.(body, posts.length) ?? Response.json({ transactionId: `t${posts.length}`, newBalance: 5 });
    }
    if (url.pathname.endsWith('/transactions')) return list?.(url.searchParams, ++count.list) ?? listed([]);
    if (url.pathname.includes('/balances/')) return balances?.() ?? Response.json({ balances: [] });
    const id = url.pathname.split('/').at(-1) ?? '';
    return transaction?.(id, ++count.transaction) ?? Response.json(record(id));
  });
  return { client: testClient({ fetch, retries: 1 }), posts, fetch };
}

const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };
const KEYED = { idempotencyKey: 'order-7' };
const mine = (transactionId: string, more: object = {}) =>
  record(transactionId, { metadata: { idempotencyKey: 'order-7' }, ...more });

describe('an answer about something else', () => {
  it('than the transaction that was asked for is no answer', async () => {
    const { client } = upstream({ transaction: () => Response.json(record('other')) });
    expect(await rejection(client.transactions.get('t1'))).toBeInstanceOf(InvalidResponseError);
    expect(await rejection(client.transactions.wait('t1'))).toBeInstanceOf(InvalidResponseError);
  });

  it('than the asset that was asked for is no answer', async () => {
    const asset = { assetId: 'b', name: 'B', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' };
    const client = testClient({ fetch: async () => Response.json({ asset }) });
    expect(await rejection(client.assets.get('a'))).toBeInstanceOf(InvalidResponseError);
  });

  it.each([
    ['a committed one', { status: 'COMMITTED' }],
    ['one that lost a conflict', { status: 'FAILED', error: 'MVCC_READ_CONFLICT' }],
  ])('does not settle a write: %s', async (_name, more) => {
    const { client, posts } = upstream({ transaction: () => Response.json(record('other', more)) });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
    expect(posts).toHaveLength(1);
  });

  it.each([
    ['another amount', { amount: 3 }],
    ['another wallet', { recipientWallet: 'bob' }],
    ['another asset', { assetId: 'a2' }],
    ['another kind', { type: 'burn' }],
    ['another fingerprint', { metadata: { idempotencyFingerprint: 'f00' } }],
  ])('does not settle a write: %s under its own id', async (_name, more) => {
    const { client, posts } = upstream({ transaction: (id) => Response.json(record(id, more)) });
    const error = await rejection(client.tokens.mint(MINT));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    // Whoever waited for t1 would take another write for this one.
    expect(error).toMatchObject({ stage: 'submit', transactionId: undefined, retryable: false });
    expect(posts).toHaveLength(1);
  });

  it('a record that leaves fields out contradicts nothing', async () => {
    const { client } = upstream({
      transaction: (id) => Response.json({ transactionId: id, type: 'mint', status: 'COMMITTED', timestamp }),
    });
    expect(await client.tokens.mint(MINT)).toMatchObject({ status: 'committed' });
  });
});

describe('a write whose answer is not whole but names its transaction', () => {
  it.each([
    ['201 without a balance', () => Response.json({ transactionId: 't1' }, { status: 201 })],
    ['200 with half a token', () => Response.json({ transactionId: 't1', newBalance: 5.5 })],
    ['500 that names it', () => Response.json({ details: { transactionId: 't1' } }, { status: 500 })],
  ])('is followed to its end: %s', async (_name, post) => {
    const balances = () => Response.json({ balances: [{ assetId: 'a1', balance: 12 }] });
    const { client, posts } = upstream({ post, balances });
    expect(await client.tokens.mint(MINT)).toMatchObject({ transactionId: 't1', status: 'committed', newBalance: 12n });
    expect(posts).toHaveLength(1);
  });
});

describe('an earlier write under the same key is found', () => {
  const others = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) =>
      record(`x${from + i}`, { metadata: { idempotencyKey: `k${from + i}` } }),
    );
  /** A server that ignores the filter, and holds the write in question at this place of its list. */
  const history = (place: number, count = 250) => [...others(0, place), mine('t1'), ...others(place, count - 1)];
  const page = (all: object[], query: URLSearchParams) => {
    const offset = Number(query.get('offset'));
    return all.slice(offset, offset + Number(query.get('limit')));
  };

  it.each([
    ['behind pages of others', (all: object[], q: URLSearchParams) => listed(page(all, q), all.length)],
    ['though the server takes its page for the total', (all: object[], q: URLSearchParams) => listed(page(all, q))],
  ])('%s', async (_name, answer) => {
    const { client, posts } = upstream({ list: (query) => answer(history(170), query) });
    expect(await client.tokens.mint(MINT, KEYED)).toMatchObject({ transactionId: 't1', status: 'committed' });
    expect(posts).toHaveLength(0);
  });

  it.each([
    ['the server ignores the offset', (all: object[]) => listed(all.slice(0, 100), all.length)],
    [
      'a page in the middle is empty',
      (all: object[], q: URLSearchParams) => listed(q.get('offset') === '100' ? [] : page(all, q), all.length),
    ],
    ['the server is down', () => Response.json({}, { status: 500 })],
    ['the server refuses the key', () => Response.json({}, { status: 401 })],
  ])('or nothing is written, and nobody is told that it was not: %s', async (_name, answer) => {
    const { client, posts } = upstream({ list: (query) => answer(history(170), query) });
    const error = await rejection(client.tokens.mint(MINT, KEYED));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ outcome: 'unknown', idempotencyKey: 'order-7', retryable: true });
    expect(posts).toHaveLength(0);
  });

  it('though the filtered list leaves metadata out', async () => {
    const list = (query: URLSearchParams) => listed(query.get('idempotencyKey') === 'order-7' ? [record('t1')] : []);
    const { client, posts } = upstream({ list, transaction: () => Response.json(mine('t1')) });
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(0);
  });

  it('or nothing is written where unfiltered lists leave metadata out', async () => {
    const { client, posts } = upstream({
      list: () => listed([record('x1')]),
      transaction: () => Response.json(mine('x1')),
    });
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    expect(posts).toHaveLength(0);
  });

  it('records that have no metadata at all do not stand in the way', async () => {
    const { client, posts } = upstream({
      list: () => listed([record('x1')]),
      transaction: (id) => Response.json(record(id)),
    });
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('where the server says 409 without naming it', async () => {
    const { client, posts } = upstream({
      post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT' }, { status: 409 }),
      list: (_query, n) => listed(n === 1 ? [] : [mine('t1')]),
    });
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('or the outcome is unknown where the 409 names nothing and the ledger shows nothing', async () => {
    const { client } = upstream({ post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT' }, { status: 409 }) });
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
  });
});

describe('the same call under the same key is known again', () => {
  it.each([
    ['after the asset was changed by others', {}],
    ['with metadata under names that the SDK sets', { minter: 'me', mintedAt: 'now', idempotencyKey: 'mine' }],
    ['with metadata that JSON writes in another way', { n: 1e21, at: new Date(0), none: Object.create(null) }],
  ])('%s', async (_name, metadata) => {
    const { sandbox, spydra } = sandboxed();
    const create = () => spydra.assets.create({ ...FLAT, metadata }, { idempotencyKey: 'create-1' });
    const first = await create();
    await spydra.assets.update(first.assetId, { updates: { name: 'Other', totalValue: '7' }, updaterWallet: 'w' });
    const height = sandbox.blocks.length;
    expect(await create()).toMatchObject({ assetId: first.assetId, transactionId: first.transactionId });
    expect(sandbox.blocks).toHaveLength(height);
  });

  it('and a plain transfer is not taken for a sale', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 10n);
    await spydra.tokens.purchase(
      { assetId, sellerWallet: 'treasury', buyerWallet: 'alice', amount: 1, price: 1 },
      KEYED,
    );
    const transfer = spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1 }, KEYED);
    expect(await rejection(transfer)).toBeInstanceOf(IdempotencyConflictError);
  });
});

describe('a call is over when it is over', () => {
  it('by the clock, where timers stand still because the process is busy', async () => {
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    try {
      const { client, posts } = upstream({
        list: () => {
          now += 1_000;
          return listed([]);
        },
      });
      const error = await rejection(client.tokens.mint(MINT, { ...KEYED, deadline: 500 }));
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-applied' });
      expect(posts).toHaveLength(0);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('also for what it began and did not wait for', async () => {
    const held = Array.from({ length: 40 }, (_, i) => ({ assetId: `a${i}`, balance: 1 }));
    let reads = 0;
    const signals: AbortSignal[] = [];
    const client = testClient({
      retries: 0,
      fetch: async (url, init) => {
        if (String(url).includes('/balances/')) return Response.json({ balances: held });
        if (init?.signal) signals.push(init.signal);
        reads++;
        return reads === 3 ? Response.json({}, { status: 403 }) : new Promise(() => {});
      },
    });
    await rejection(client.wallets.portfolio('w'));
    const begun = reads;
    expect(signals.every((signal) => signal.aborted || signal === signals[2])).toBe(true);
    await client.close();
    expect(reads).toBe(begun);
  });
});

describe('a write that may still be on its way', () => {
  /** A server that takes its time: what it was sent shows only after a while. */
  const slow = () => {
    const records: object[] = [];
    const made = upstream({
      post: (body) => {
        setTimeout(() => records.push(record('t1', { metadata: body.metadata })), 60);
        return Response.json({}, { status: 504 });
      },
      list: () => listed(records),
      transaction: () => Response.json(records[0] ?? {}, { status: records[0] ? 200 : 404 }),
    });
    return { ...made, arrived: () => vi.waitFor(() => expect(records).toHaveLength(1)) };
  };

  it('is not written again under its key by a call that waited for its turn, or comes too early', async () => {
    const { client, posts, arrived } = slow();
    const hasty = client.withOptions({ settleWindow: 60_000, deadline: 20 });
    const calls = [hasty.tokens.mint(MINT, KEYED), hasty.tokens.mint(MINT, KEYED)].map(rejection);
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retryable: true,
    });
    await arrived();
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('may be written again once it cannot arrive any more', async () => {
    let answers = 0;
    const { client, posts } = upstream({
      post: () =>
        answers++ ? Response.json({ transactionId: 't2', newBalance: 5 }) : Response.json({}, { status: 502 }),
    });
    const hasty = client.withOptions({ settleWindow: 20 });
    expect(await rejection(hasty.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    await vi.waitFor(async () => expect((await hasty.tokens.mint(MINT, KEYED)).transactionId).toBe('t2'));
    expect(posts).toHaveLength(2);
  });
});

describe('a filter that matches more than the key', () => {
  it.each([
    ['by its beginning', 'payout-10', 'payout-1'],
    ['in another case', 'PAYOUT-1', 'payout-1'],
  ])('lets no other write pass for this one: %s', async (_name, held, asked) => {
    const records = [record('t9', { metadata: { idempotencyKey: held } })];
    const list = (query: URLSearchParams) =>
      listed(held.toLowerCase().startsWith((query.get('idempotencyKey') ?? 'payout').toLowerCase()) ? records : []);
    const { client, posts } = upstream({ list });
    expect(await client.transactions.reconcile(asked)).toMatchObject({ state: 'not-found' });
    expect((await client.tokens.mint(MINT, { idempotencyKey: asked })).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('nor does a record under the transaction that the server named', async () => {
    const { client } = upstream({
      transaction: (id) => Response.json(record(id, { metadata: { idempotencyKey: 'x' } })),
    });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });
});

it('a conflict that the server states is not overruled by a record that proves nothing', async () => {
  const { client } = upstream({
    post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT', details: { transactionId: 't1' } }, { status: 409 }),
    transaction: (id) => Response.json({ transactionId: id, type: 'mint', status: 'COMMITTED', timestamp }),
  });
  const error = await rejection(client.tokens.mint(MINT));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId: undefined });
});

it('metadata that the caller changes while the call is on its way is sent as it was given', async () => {
  const { client, posts } = upstream({});
  const metadata = { n: 1, deep: [{ n: 1 }] };
  const call = client.tokens.mint({ ...MINT, metadata });
  metadata.n = 2;
  metadata.deep[0] = { n: 2 };
  await call;
  expect(posts[0]?.metadata).toMatchObject({ n: 1, deep: [{ n: 1 }] });
});

it('the same input under another schema is another write', async () => {
  const { spydra } = sandboxed();
  await spydra.assets.create(FLAT, KEYED);
  const other = spydra.withOptions({ assetSchemaId: 'another-schema' }).assets.create(FLAT, KEYED);
  expect(await rejection(other)).toBeInstanceOf(IdempotencyConflictError);
});

describe('what a client remembers of a key', () => {
  const PATIENT = { settleWindow: 60_000 };

  it('is the transaction that was seen to be its own, also where lists lag behind and the answer was half', async () => {
    const { client, posts } = upstream({
      post: (body, n) =>
        n === 1
          ? Response.json({ transactionId: 't1' })
          : Response.json({ transactionId: `t${n}`, newBalance: 5, metadata: body.metadata }),
    });
    const patient = client.withOptions(PATIENT);
    expect((await patient.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect((await patient.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('is not a transaction of somebody else that the server named', async () => {
    let isPending = true;
    const { client, posts } = upstream({
      post: () => Response.json({ message: 'x', details: { transactionId: 'foreign' } }, { status: 500 }),
      transaction: (id) =>
        Response.json(
          record(id, {
            status: isPending ? 'PENDING' : 'COMMITTED',
            metadata: { idempotencyKey: id === 'foreign' ? 'theirs' : 'order-7' },
          }),
        ),
      list: () => listed(isPending ? [] : [mine('ours')]),
    });
    const patient = client.withOptions(PATIENT);
    const first = await rejection(patient.tokens.mint(MINT, { ...KEYED, deadline: 100 }));
    expect(first).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(patient.tokens.mint(MINT, KEYED))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    isPending = false;
    expect((await patient.tokens.mint(MINT, KEYED)).transactionId).toBe('ours');
    expect(posts).toHaveLength(1);
  });

  it('is no denied transaction', async () => {
    let isPending = true;
    const { client } = upstream({
      post: () =>
        Response.json(
          { code: 'IDEMPOTENCY_CONFLICT', message: 'x', details: { transactionId: 'foreign' } },
          { status: 409 },
        ),
      transaction: (id) =>
        Response.json(record(id, { status: isPending ? 'PENDING' : 'COMMITTED', amount: undefined, type: 'mint' })),
    });
    const patient = client.withOptions(PATIENT);
    const first = await rejection(patient.tokens.mint(MINT, { ...KEYED, deadline: 100 }));
    expect(first).toBeInstanceOf(OutcomeUnknownError);
    isPending = false;
    expect(await rejection(patient.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
  });
});

it('an attempt that failed, and that a stale list shows as pending, is not taken for the next one', async () => {
  const sent: Body[] = [];
  const { client } = upstream({
    post: (body) => {
      sent.push(body);
      return sent.length === 1
        ? Response.json({ transactionId: 't1', newBalance: 5 })
        : Response.json({}, { status: 504 });
    },
    transaction: (id) =>
      Response.json(record(id, { status: 'FAILED', error: 'MVCC_READ_CONFLICT', metadata: sent[0]?.metadata })),
    list: () => listed(sent.length === 0 ? [] : [record('t1', { status: 'PENDING', metadata: sent[0]?.metadata })]),
  });
  expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  expect(sent).toHaveLength(2);
});

it.each([
  ['shows nothing', () => listed([])],
  ['cannot be read', () => Response.json({}, { status: 403 })],
])('a 409 without a name, while the list %s, is not to be made again as it is', async (_name, list) => {
  const { client } = upstream({
    post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT', message: 'in progress' }, { status: 409 }),
    list,
  });
  const error = await rejection(client.tokens.mint(MINT));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  expect((error as Error).message).not.toContain('new key');
});

it('a write whose result could not be read is known under the key that the SDK has chosen', async () => {
  let isReadable = false;
  const { client, posts } = upstream({
    post: () => Response.json({ transactionId: 't1' }),
    transaction: (id) => Response.json(record(id, { metadata: posts[0]?.metadata })),
    balances: () => (isReadable ? Response.json({ balances: [] }) : Response.json({}, { status: 403 })),
  });
  const patient = client.withOptions({ settleWindow: 60_000 });
  const { idempotencyKey = '' } = (await rejection(patient.tokens.mint(MINT))) as OutcomeUnknownError;
  isReadable = true;
  expect((await patient.tokens.mint(MINT, { idempotencyKey })).transactionId).toBe('t1');
  expect(posts).toHaveLength(1);
});
