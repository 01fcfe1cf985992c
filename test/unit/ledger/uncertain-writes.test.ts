import { IdempotencyConflictError, InvalidResponseError, OutcomeUnknownError } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { endOf, rejection, testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { mockServer } from '../../helpers/mock-server.js';
import { sandboxed } from '../../helpers/sandbox.js';
import {
  type Body,
  KEYED,
  listed,
  MINT,
  record,
  timestamp,
  scriptedLedger as upstream,
} from '../../helpers/scripted-ledger.js';

// Servers that contradict plausible assumptions. None of them may make the SDK write twice or report a write as done
// that it has not observed.

describe('a response about another object', () => {
  it('than the requested transaction is refused', async () => {
    const { client } = upstream({ transaction: () => Response.json(record('other')) });
    expect(await rejection(client.transactions.get('t1'))).toBeInstanceOf(InvalidResponseError);
    expect(await rejection(client.transactions.wait('t1'))).toBeInstanceOf(InvalidResponseError);
  });

  it('than the requested asset is refused', async () => {
    const asset = { assetId: 'b', name: 'B', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' };
    const client = testClient(mockServer(() => Response.json({ asset })));
    expect(await rejection(client.assets.get('a'))).toBeInstanceOf(InvalidResponseError);
  });

  it.each([
    ['a committed one', { status: 'COMMITTED' }],
    ['one that lost a conflict', { status: 'FAILED', error: 'MVCC_READ_CONFLICT' }],
  ])('does not prove a write: %s', async (_name, more) => {
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
  ])('does not prove a write: %s under its own id', async (_name, more) => {
    const { client, posts } = upstream({ transaction: (id) => Response.json(record(id, more)) });
    const error = await rejection(client.tokens.mint(MINT));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    // A wait for t1 would return another write.
    expect(error).toMatchObject({ stage: 'submit', transactionId: undefined, retryable: false });
    expect(posts).toHaveLength(1);
  });
});

describe('a write with an incomplete response that names its transaction', () => {
  it.each([
    ['201 without a balance', () => Response.json({ transactionId: 't1' }, { status: 201 })],
    ['200 with half a token', () => Response.json({ transactionId: 't1', newBalance: 5.5 })],
    ['500 that names it', () => Response.json({ details: { transactionId: 't1' } }, { status: 500 })],
  ])('is resolved by the transaction: %s', async (_name, post) => {
    const balances = () => Response.json({ balances: [{ assetId: 'a1', balance: 12 }] });
    const { client, posts } = upstream({ post, balances });
    expect(await client.tokens.mint(MINT)).toMatchObject({ transactionId: 't1', status: 'committed', newBalance: 12n });
    expect(posts).toHaveLength(1);
  });
});

describe('a call ends at its deadline', () => {
  it('by the clock if timers are late because the process is busy', async () => {
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      const { client, posts } = upstream({
        list: (_query, n) => {
          // The search for the key ends with the second request.
          if (n === 2) now += 1_000;
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

  it('also for its background work', async () => {
    const held = Array.from({ length: 40 }, (_, i) => ({ assetId: `a${i}`, balance: 1 }));
    let reads = 0;
    const signals: AbortSignal[] = [];
    const server = mockServer(({ url, signal }) => {
      if (url.includes('/balances/')) return Response.json({ balances: held });
      signals.push(signal);
      reads++;
      return reads === 3 ? Response.json({}, { status: 403 }) : new Promise(() => {});
    });
    const client = testClient({ ...server, retries: 0 });
    await rejection(client.wallets.portfolio('w'));
    const begun = reads;
    expect(signals.every((signal) => signal.aborted || signal === signals[2])).toBe(true);
    await client.close();
    expect(reads).toBe(begun);
  });
});

describe('a write that may still be applied', () => {
  /** A slow server: writes become visible when the test releases them. */
  const slow = () => {
    const records: object[] = [];
    const made = upstream({
      post: () => Response.json({}, { status: 504 }),
      list: () => listed(records),
      transaction: () => Response.json(records[0] ?? {}, { status: records[0] ? 200 : 404 }),
    });
    return { ...made, arrive: () => records.push(record('t1', { metadata: made.posts[0]?.metadata })) };
  };

  it('is not repeated under its key by a call that waited for it or starts too early', async () => {
    const { client, posts, arrive } = slow();
    const hasty = client.withOptions({ uncertaintyWindow: 60_000 });
    const controller = new AbortController();
    const options = { ...KEYED, signal: controller.signal };
    const calls = [hasty.tokens.mint(MINT, options), hasty.tokens.mint(MINT, options)].map(rejection);
    await vi.waitFor(() => expect(posts).toHaveLength(1), 60_000);
    controller.abort();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retryable: true,
    });
    arrive();
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('is unknown to the caller, and to other clients of the ledger, if its client is closed during the search', async () => {
    const { client, posts, count, arrive } = slow();
    const closed = client.withOptions({ uncertaintyWindow: 60_000 });
    const call = rejection(closed.tokens.mint(MINT, KEYED));
    await vi.waitFor(() => expect(posts).toHaveLength(1), 60_000);
    const listsBefore = count.list;
    await vi.waitFor(() => expect(count.list).toBeGreaterThan(listsBefore), 60_000);
    await closed.close();
    expect(await call).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'submit', retryable: false });
    const lists = count.list;
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(count.list).toBeGreaterThan(lists);
    arrive();
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('is not taken for the failed repetition of an earlier attempt', async () => {
    const conflict = { status: 'FAILED', error: 'MVCC_READ_CONFLICT' };
    const sent = (id: string, more = {}) => record(id, { metadata: posts[0]?.metadata, ...more });
    const { client, posts } = upstream({
      // The network repeats the first request, which leaves t0 and t1. The second one leaves t2, without a response.
      post: (_body, n) =>
        n === 1 ? Response.json({ transactionId: 't1', newBalance: 5 }) : Response.json({}, { status: 502 }),
      list: (_query, n) => listed([...(n === 1 ? [] : [sent('t2')]), sent('t1', conflict), sent('t0', conflict)]),
      transaction: (id) => Response.json(sent(id, id === 't2' ? {} : conflict)),
    });
    expect(await endOf(client.tokens.mint(MINT))).toMatchObject({ transactionId: 't2', status: 'committed' });
    expect(posts).toHaveLength(2);
  });

  it('can be repeated when it cannot be applied any more', async () => {
    let answers = 0;
    const { client, posts } = upstream({
      post: () =>
        answers++ ? Response.json({ transactionId: 't2', newBalance: 5 }) : Response.json({}, { status: 502 }),
    });
    const hasty = client.withOptions({ uncertaintyWindow: 20 });
    expect(await rejection(hasty.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    await vi.waitFor(async () => expect((await hasty.tokens.mint(MINT, KEYED)).transactionId).toBe('t2'), 60_000);
    expect(posts).toHaveLength(2);
  });
});

describe('a key filter that matches more than the key', () => {
  it.each([
    ['by its beginning', 'payout-10', 'payout-1'],
    ['in another case', 'PAYOUT-1', 'payout-1'],
  ])('does not confuse another write with this one: %s', async (_name, held, asked) => {
    const records = [record('t9', { metadata: { idempotencyKey: held } })];
    const list = (query: URLSearchParams) =>
      listed(held.toLowerCase().startsWith((query.get('idempotencyKey') ?? 'payout').toLowerCase()) ? records : []);
    const { client, posts } = upstream({ list });
    expect(await client.transactions.reconcile(asked)).toMatchObject({ state: 'not-found' });
    expect((await client.tokens.mint(MINT, { idempotencyKey: asked })).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('does not confuse a record under the transaction that the server named', async () => {
    const { client } = upstream({
      transaction: (id) => Response.json(record(id, { metadata: { idempotencyKey: 'x' } })),
    });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });
});

it('an idempotency conflict is not overruled by a record that proves nothing', async () => {
  const { client } = upstream({
    post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT', details: { transactionId: 't1' } }, { status: 409 }),
    transaction: (id) => Response.json({ transactionId: id, type: 'mint', status: 'COMMITTED', timestamp }),
  });
  const error = await rejection(client.tokens.mint(MINT));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId: undefined });
});

it('metadata that the caller changes during the call is sent as it was given', async () => {
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

it('a failed attempt that a stale list shows as pending does not count as the next one', async () => {
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
])('a 409 that names nothing, while the list %s, is not retryable', async (_name, list) => {
  const { client } = upstream({
    post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT', message: 'in progress' }, { status: 409 }),
    list,
  });
  const error = await rejection(client.tokens.mint(MINT));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  expect((error as Error).message).not.toContain('new key');
});

it('a write whose result is unreadable is remembered under its generated key', async () => {
  let isReadable = false;
  const { client, posts } = upstream({
    post: () => Response.json({ transactionId: 't1' }),
    transaction: (id) => Response.json(record(id, { metadata: posts[0]?.metadata })),
    balances: () => (isReadable ? Response.json({ balances: [] }) : Response.json({}, { status: 403 })),
  });
  const patient = client.withOptions({ uncertaintyWindow: 60_000 });
  const { idempotencyKey = '' } = (await rejection(patient.tokens.mint(MINT))) as OutcomeUnknownError;
  isReadable = true;
  expect((await patient.tokens.mint(MINT, { idempotencyKey })).transactionId).toBe('t1');
  expect(posts).toHaveLength(1);
});
