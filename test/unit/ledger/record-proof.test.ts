import { ConflictError, IdempotencyConflictError, OutcomeUnknownError, TransactionFailedError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { mockServer } from '../../helpers/mock-server.js';
import { type Body, KEYED, listed, MINT, record, scriptedLedger } from '../../helpers/scripted-ledger.js';
import { advancing, fakeTime, until } from '../../helpers/time.js';

const now = () => new Date().toISOString();
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
/** The record of a write, with the metadata that was sent. */
const sent = (id: string, { metadata }: Body = {}, more: object = {}) =>
  record(id, { timestamp: now(), metadata, ...more });

describe('a record that the server names in its response to a write', () => {
  const FOREIGN: readonly [string, () => object][] = [
    ['of the same input, made long ago', () => record('t9', { timestamp: ago(3_600_000) })],
    ['of the same input, made two minutes ago', () => record('t9', { timestamp: ago(120_000) })],
    ['without a time', () => record('t9', { timestamp: '' })],
    [
      'with nothing but id, type, status and time',
      () => ({ transactionId: 't9', type: 'mint', status: 'COMMITTED', timestamp: now() }),
    ],
    ['without its wallet', () => record('t9', { timestamp: now(), recipientWallet: undefined })],
    ['without its amount', () => record('t9', { timestamp: now(), amount: undefined })],
    ['with the same fingerprint and no key', () => record('t9', { timestamp: now(), metadata: { a: 1 }, amount: 6 })],
  ];

  it.each(
    FOREIGN.flatMap(([name, make]) => [
      [`${name}, committed`, make, { status: 'COMMITTED' }] as const,
      [`${name}, failed`, make, { status: 'FAILED', error: 'ENDORSEMENT_POLICY_FAILURE' }] as const,
      [`${name}, lost to a read conflict`, make, { status: 'FAILED', error: 'MVCC_READ_CONFLICT' }] as const,
    ]),
  )('leaves the write unknown: %s', async (_name, make, status) => {
    const { client, posts } = scriptedLedger({
      post: () => Response.json({ transactionId: 't9', newBalance: 5 }),
      transaction: () => Response.json({ ...make(), ...status }),
    });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'submit' });
    expect(posts).toHaveLength(1);
  });

  it('with the fingerprint of the write under another key is of another write', async () => {
    const { client, posts } = scriptedLedger({
      post: () => Response.json({ transactionId: 't9', newBalance: 5 }),
      transaction: () => {
        const { idempotencyFingerprint } = (posts[0]?.metadata ?? {}) as Body;
        return Response.json(sent('t9', { metadata: { idempotencyFingerprint, idempotencyKey: 'k' } }));
      },
    });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('of another asset than in the response to a create determines the asset', async () => {
    const asset = (assetId: string) => ({
      assetId,
      name: 'x',
      totalValue: 1,
      totalSupply: 1,
      pricePerToken: 1,
      status: 'draft',
    });
    const { client, posts } = scriptedLedger({
      post: () => Response.json({ transactionId: 't1', assetId: 'foreign', asset: asset('foreign') }),
      transaction: (id) => {
        const { metadata } = (posts[0] as { asset: Body }).asset;
        return id.startsWith('t')
          ? Response.json({
              transactionId: id,
              type: 'create',
              status: 'COMMITTED',
              assetId: 'own',
              timestamp: now(),
              metadata,
            })
          : Response.json({ asset: asset(id) });
      },
    });
    const input = {
      name: 'x',
      symbol: 'x',
      description: 'x',
      assetType: 'x',
      totalValue: 1,
      totalSupply: 1,
      creatorWallet: 'w',
    };
    expect(await client.assets.create(input)).toMatchObject({ assetId: 'own', asset: { assetId: 'own' } });
  });
});

describe('a server that drops the metadata of writes', () => {
  /** Keeps every field but the metadata. */
  const dropping = (kept: object = {}) => {
    const made: ReturnType<typeof scriptedLedger> = scriptedLedger({
      transaction: (id) => Response.json(sent(id, { metadata: kept })),
      list: (query) => {
        const all = made.posts.map((_, n) => sent(`t${n + 1}`, { metadata: kept })).reverse();
        const offset = Number(query.get('offset'));
        return listed(all.slice(offset, offset + Number(query.get('limit'))), all.length);
      },
    });
    return made;
  };

  it.each([
    ['all of it', undefined],
    ['all but names that it knows', { mintedAt: 'now', minter: 'me' }],
  ])(
    'is trusted if its response names a record that matches every sent field and is not older: %s',
    async (_n, kept) => {
      const { client, posts } = dropping(kept);
      expect(await client.tokens.mint(MINT)).toMatchObject({ transactionId: 't1', status: 'committed' });
      expect(posts).toHaveLength(1);
    },
  );

  it('leaves a repeated key of another client unknown, and gets no write', async () => {
    const { client, posts, server } = dropping();
    await client.tokens.mint(MINT, KEYED);
    const { SpydraClient } = await import('spydra-sdk');
    const options = { apiKey: 'key-12345678', projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
    await using other = new SpydraClient({ ...options, ...server, uncertaintyWindow: 50 });
    const error = await rejection(other.tokens.mint(MINT, KEYED));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    expect((error as Error).message).toContain('show no key');
    expect(posts).toHaveLength(1);
  });

  it('leaves a write without a response unknown if its lists show a similar record', async () => {
    const made = scriptedLedger({
      post: () => Response.json({}, { status: 502 }),
      list: () => listed(made.posts.length > 0 ? [sent('t1')] : []),
      transaction: (id) => Response.json(sent(id)),
    });
    expect(await rejection(made.client.tokens.mint(MINT))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(made.posts).toHaveLength(1);
  });

  it('makes reconcile throw, even if its filter finds nothing', async () => {
    const { client } = scriptedLedger({
      list: (query) => listed(query.has('idempotencyKey') ? [] : [sent('t1')]),
      transaction: (id) => Response.json(sent(id)),
    });
    const error = await rejection(client.transactions.reconcile('order-7', { assetId: 'a1', since: new Date(0) }));
    expect(error).toMatchObject({ code: 'INVALID_RESPONSE' });
  });

  it('is not assumed if the server has shown the metadata of one write', async () => {
    const { client, posts } = scriptedLedger({
      transaction: (id, n) => Response.json(n === 1 ? sent(id, posts[0]) : sent(id)),
    });
    await client.tokens.mint(MINT);
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is not assumed if its newest records have metadata of other writes', async () => {
    const { client } = scriptedLedger({
      transaction: (id) => Response.json(sent(id)),
      list: () => listed([sent('x', { metadata: { idempotencyKey: 'another' } }, { assetId: 'a2' })]),
    });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });
});

describe('a refusal that may be about the write itself', () => {
  const FORMS: readonly [string, number, unknown][] = [
    ['409 with a code of its own', 409, { code: 'IDEMPOTENCY_KEY_IN_USE', message: 'in progress' }],
    ['409 without a code', 409, { message: 'request in progress' }],
    ['409 with an error text', 409, { error: 'Conflict' }],
    ['409 that is no JSON', 409, '<html>'],
    ['409 with the known code and no transaction', 409, { code: 'IDEMPOTENCY_CONFLICT' }],
    ['423', 423, {}],
    ['425', 425, {}],
    ['400 with a code that speaks of idempotency', 400, { code: 'IDEMPOTENT_REQUEST_IN_PROGRESS' }],
    ['422 with a code that speaks of idempotency', 422, { code: 'idempotency_error' }],
  ];
  const refused = (status: number, body: unknown) =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

  it.each(FORMS)('is not final while the write is being applied: %s', async (_name, status, body) => {
    const { client, posts } = scriptedLedger({
      post: () => refused(status, body),
      list: (query, n) => listed(n > 2 && query.get('offset') === '0' ? [sent('t1', posts[0])] : []),
    });
    const patient = client.withOptions({ uncertaintyWindow: 60_000 });
    expect(await patient.tokens.mint(MINT)).toMatchObject({ transactionId: 't1', status: 'committed' });
    expect(posts).toHaveLength(1);
  });

  it.each(FORMS)('leaves the write unknown while it may still be applied: %s', async (_name, status, body) => {
    const { client, posts } = scriptedLedger({ post: () => refused(status, body) });
    const pass = fakeTime();
    const call = rejection(client.withOptions({ uncertaintyWindow: 60_000, deadline: 300 }).tokens.mint(MINT));
    await until(() => posts.length === 1);
    const error = await advancing(pass, call);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
  });

  it('is final, as not applied, when the write can no longer be applied and is not found', async () => {
    const { client, posts } = scriptedLedger({ post: () => refused(409, { code: 'ASSET_LOCKED', message: 'locked' }) });
    const error = await rejection(client.tokens.mint(MINT));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code: 'CONFLICT', serverCode: 'ASSET_LOCKED', outcome: 'not-applied' });
    expect(posts).toHaveLength(1);
  });

  it.each(['INSUFFICIENT_BALANCE', 'SUPPLY_EXCEEDED'])('does not include business refusals: %s', async (code) => {
    const { client, count } = scriptedLedger({ post: () => refused(409, { code }) });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ code, outcome: 'not-applied' });
    expect(count.request).toBe(1);
  });

  it('is an IdempotencyConflictError if the ledger shows another input under the key', async () => {
    const other = record('t9', { amount: 7, metadata: { ...KEYED, idempotencyFingerprint: 'f00' } });
    const { client } = scriptedLedger({
      post: () => refused(409, { code: 'IDEMPOTENCY_CONFLICT' }),
      list: (query, n) => listed(n > 2 && query.get('offset') === '0' ? [other] : []),
      transaction: () => Response.json(other),
    });
    const error = await rejection(client.withOptions({ uncertaintyWindow: 60_000 }).tokens.mint(MINT, KEYED));
    expect(error).toBeInstanceOf(IdempotencyConflictError);
    expect(error).toMatchObject({ transactionId: 't9', outcome: 'not-applied' });
  });
});

describe('a server that keeps the key of a write that failed', () => {
  const failed = (body: Body | undefined) => sent('t1', body, { status: 'FAILED', error: 'MVCC_READ_CONFLICT' });

  it.each([
    ['with the known code', { code: 'IDEMPOTENCY_CONFLICT' }],
    ['with a code of its own', { code: 'KEY_USED' }],
    ['with the known code and the transaction', { code: 'IDEMPOTENCY_CONFLICT', details: { transactionId: 't1' } }],
  ])('causes an error that the key is used up: %s', async (_name, conflict) => {
    const { client, posts } = scriptedLedger({
      post: (_body, n) => Response.json(n === 1 ? {} : conflict, { status: n === 1 ? 500 : 409 }),
      list: (query) => listed(posts.length > 0 && query.get('offset') === '0' ? [failed(posts[0])] : []),
      transaction: () => Response.json(failed(posts[0])),
    });
    const error = await rejection(client.tokens.mint(MINT, KEYED));
    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: false, transactionId: 't1' });
    expect((error as Error).message).toContain('the key is used up');
    expect(posts).toHaveLength(2);
  });

  it('and shows nothing under it leaves the write unknown, until reconcile is final', async () => {
    const keys: unknown[] = [];
    const { client } = scriptedLedger({
      post: ({ metadata }, n) => {
        const { idempotencyKey } = metadata as { idempotencyKey: string };
        const isKept = keys.includes(idempotencyKey);
        keys.push(idempotencyKey);
        if (isKept) return Response.json({ code: 'IDEMPOTENCY_CONFLICT' }, { status: 409 });
        return n === 1 ? Response.json({}, { status: 500 }) : Response.json({ transactionId: `t${n}`, newBalance: 5 });
      },
    });
    await rejection(client.tokens.mint(MINT, KEYED));
    const error = await rejection(client.tokens.mint(MINT, KEYED));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    expect((error as Error).message).toMatch(
      /reconcile\('order-7'\).* finally not; only then .* with the same key, or another one/,
    );
    const { idempotencyKey } = KEYED;
    const since = new Date(0);
    expect(await client.transactions.reconcile(idempotencyKey, { since })).toMatchObject({
      state: 'not-found',
      final: true,
    });
    expect(await client.tokens.mint(MINT, { idempotencyKey: 'order-7b' })).toMatchObject({ status: 'committed' });
    expect(keys.at(-1)).toBe('order-7b');
  });
});

it('a search for a write without a response begins as soon as one of the eight running ones ends', async () => {
  let open = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const sought = new Set<string | null>();
  const server = mockServer(async ({ method, url }) => {
    if (method === 'POST') return Response.json({}, { status: 502 });
    sought.add(new URL(url).searchParams.get('idempotencyKey'));
    most = Math.max(most, ++open);
    await new Promise<void>((resolve) => held.push(resolve));
    open--;
    return listed([]);
  });
  const patient = testClient({ ...server, retries: 1, uncertaintyWindow: 60_000 });
  const writes = Array.from({ length: 9 }, () => rejection(patient.tokens.mint(MINT)));
  await expect.poll(() => held.length).toBe(8);
  // All but the first get a response; the ninth does not wait for the first.
  for (const answer of held.splice(1)) answer();
  await expect.poll(() => sought.size).toBe(9);
  expect(most).toBe(8);
  await patient.close();
  await Promise.all(writes);
});
