import { IdempotencyConflictError, OutcomeUnknownError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { endOf, rejection } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { minted, sandboxed } from '../../helpers/sandbox.js';
import { KEYED, listed, MINT, mine, record, scriptedLedger as upstream } from '../../helpers/scripted-ledger.js';
import { advancing, fakeTime, until } from '../../helpers/time.js';

describe('an earlier write under the same key is found', () => {
  const others = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) =>
      record(`x${from + i}`, { metadata: { idempotencyKey: `k${from + i}` } }),
    );
  /** A server that ignores the filter, and has the write at this position of its list. */
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
      (all: object[], q: URLSearchParams) => listed(q.get('offset') === '99' ? [] : page(all, q), all.length),
    ],
    ['the server is down', () => Response.json({}, { status: 500 })],
    ['the server refuses the key', () => Response.json({}, { status: 401 })],
  ])('or throws OutcomeUnknownError and sends nothing if the key cannot be searched for: %s', async (_name, answer) => {
    const { client, posts } = upstream({ list: (query) => answer(history(170), query) });
    const error = await rejection(client.tokens.mint(MINT, KEYED));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ outcome: 'unknown', idempotencyKey: 'order-7', retryable: true });
    expect(posts).toHaveLength(0);
  });

  it('although the filtered list omits metadata', async () => {
    const list = (query: URLSearchParams) => listed(query.get('idempotencyKey') === 'order-7' ? [record('t1')] : []);
    const { client, posts } = upstream({ list, transaction: () => Response.json(mine('t1')) });
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(0);
  });

  it('or nothing is written if unfiltered lists omit metadata', async () => {
    const { client, posts } = upstream({
      list: () => listed([record('x1')]),
      transaction: () => Response.json(mine('x1')),
    });
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    expect(posts).toHaveLength(0);
  });

  it('among records of other writes without metadata', async () => {
    const { client, posts } = upstream({ list: () => listed([record('x1', { amount: 7 })]) });
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('after a 409 that does not name it', async () => {
    const { client, posts } = upstream({
      post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT' }, { status: 409 }),
      // The search before the write sends two requests.
      list: (_query, n) => listed(n <= 2 ? [] : [mine('t1')]),
    });
    expect((await client.tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
    expect(posts).toHaveLength(1);
  });

  it('or throws OutcomeUnknownError after a 409 that names nothing if the ledger shows nothing', async () => {
    const { client } = upstream({ post: () => Response.json({ code: 'IDEMPOTENCY_CONFLICT' }, { status: 409 }) });
    expect(await rejection(client.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
  });
});

describe('the same call under the same key is recognised', () => {
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

  it('and a plain transfer does not count as a sale', async () => {
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

describe('the transaction that a client remembers for a key', () => {
  const PATIENT = { uncertaintyWindow: 60_000 };

  it('is the one that was proven to be its own, even if lists lag and the response was incomplete', async () => {
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

  it('is not one of another caller that the server named', async () => {
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
    const pass = fakeTime();
    const first = rejection(patient.tokens.mint(MINT, { ...KEYED, deadline: 100 }));
    await until(() => posts.length === 1);
    expect(await advancing(pass, first)).toBeInstanceOf(OutcomeUnknownError);
    const second = rejection(patient.tokens.mint(MINT, KEYED));
    expect(await advancing(pass, second)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    isPending = false;
    expect((await advancing(pass, patient.tokens.mint(MINT, KEYED))).transactionId).toBe('ours');
    expect(posts).toHaveLength(1);
  });

  it('is not free if it has failed and is of another write', async () => {
    const other = record('x1', {
      status: 'FAILED',
      error: 'MVCC_READ_CONFLICT',
      metadata: { idempotencyKey: 'other' },
    });
    const { client, posts } = upstream({
      post: (_body, n) => Response.json({ transactionId: n === 1 ? 'x1' : `t${n}`, newBalance: 5 }),
      // The list lags behind the first write.
      list: () => listed([]),
      transaction: (id) => Response.json(id === 'x1' ? other : record(id, { metadata: posts[1]?.metadata })),
    });
    const patient = client.withOptions(PATIENT);
    await patient.tokens.mint(MINT, { ...KEYED, confirm: false });
    expect(await endOf(patient.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    expect(await endOf(patient.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    expect(posts).toHaveLength(1);
  });

  it('is not a denied one', async () => {
    let isPending = true;
    const { client, posts } = upstream({
      post: () =>
        Response.json(
          { code: 'IDEMPOTENCY_CONFLICT', message: 'x', details: { transactionId: 'foreign' } },
          { status: 409 },
        ),
      transaction: (id) =>
        Response.json(record(id, { status: isPending ? 'PENDING' : 'COMMITTED', amount: undefined, type: 'mint' })),
    });
    const patient = client.withOptions(PATIENT);
    const pass = fakeTime();
    const first = rejection(patient.tokens.mint(MINT, { ...KEYED, deadline: 100 }));
    await until(() => posts.length === 1);
    expect(await advancing(pass, first)).toBeInstanceOf(OutcomeUnknownError);
    isPending = false;
    const second = rejection(patient.tokens.mint(MINT, KEYED));
    expect(await advancing(pass, second)).toBeInstanceOf(OutcomeUnknownError);
  });

  it.each([
    ['with its key and no amount', { amount: undefined, metadata: KEYED }, OutcomeUnknownError],
    ['with its key and another amount', { amount: 6, metadata: KEYED }, IdempotencyConflictError],
  ])('is not said to have another input unless its record shows that: %s', async (_name, shown, kind) => {
    const { client, posts } = upstream({ transaction: (id) => Response.json(record(id, shown)) });
    const patient = client.withOptions(PATIENT);
    expect(await patient.tokens.mint(MINT, { ...KEYED, confirm: false })).toMatchObject({ status: 'pending' });
    expect(await rejection(patient.tokens.mint(MINT, KEYED))).toBeInstanceOf(kind);
    expect(posts).toHaveLength(1);
  });

  it('is free again when it has failed, and is not returned for the next write', async () => {
    const { client, posts } = upstream({
      // A server that returns the failed transaction for its key.
      post: () => Response.json({ transactionId: 't1', newBalance: 5 }),
      transaction: (id) =>
        Response.json(record(id, { status: 'FAILED', error: 'MVCC_READ_CONFLICT', metadata: KEYED })),
    });
    const patient = client.withOptions(PATIENT);
    await patient.tokens.mint(MINT, { ...KEYED, confirm: false });
    const error = await rejection(patient.tokens.mint(MINT, { ...KEYED, confirm: false }));
    expect(error).toMatchObject({ code: 'TRANSACTION_FAILED', outcome: 'not-applied', retryable: false });
    expect(posts).toHaveLength(2);
  });
});

it('an earlier write is found behind a failed attempt that a stale list shows as pending', async () => {
  const failed = { status: 'FAILED', error: 'MVCC_READ_CONFLICT' };
  const { client, posts } = upstream({
    list: () => listed([mine('first', { status: 'PENDING' }), mine('second')]),
    transaction: (id) => Response.json(mine(id, id === 'first' ? failed : {})),
  });
  expect(await client.tokens.mint(MINT, KEYED)).toMatchObject({ transactionId: 'second', status: 'committed' });
  expect(posts).toHaveLength(0);
});
