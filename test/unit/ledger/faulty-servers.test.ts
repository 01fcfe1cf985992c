import type { SpydraClient } from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { endOf } from '../../helpers/client.js';
import { accepted, OddServer, type OddServerOptions } from '../../helpers/faulty-server.js';
import { FLAT } from '../../helpers/flat.js';
import { mockServer } from '../../helpers/mock-server.js';
import { type Body, KEYED, listed, MINT, record, scriptedLedger } from '../../helpers/scripted-ledger.js';
import { SteppedClock } from '../../helpers/stepped-clock.js';
import { advancing, fakeTime, laterByMilliseconds } from '../../helpers/time.js';

// Servers that drop parts of a write, or do not list it.

const UNKNOWN = { code: 'OUTCOME_UNKNOWN', outcome: 'unknown' };
const OWN = { transactionId: 't1', status: 'committed' };
const NEVER = Number.POSITIVE_INFINITY;

/** A mint of another client, which shows that the server keeps keys. */
const MARKED = record('m', { amount: 1, assetId: 'a2', metadata: { idempotencyKey: 'theirs' } });
const now = () => new Date().toISOString();
const dropAll = () => undefined;
const refused = (status: number, code: string, transactionId?: unknown) =>
  Response.json({ code, details: { transactionId } }, { status });

const KINDS: readonly [string, OddServerOptions][] = [
  ['single records leave metadata out', { recordsShowMetadata: false }],
  ['lists leave metadata out', { listsShowMetadata: false }],
  [
    'its record shows the fingerprint and the call, and not the key that others show',
    { foreign: [MARKED], keep: ({ idempotencyKey: _, ...rest }) => rest },
  ],
  ['all metadata is dropped', { keep: dropAll }],
];

describe('with unusual metadata', () => {
  const TABLE = KINDS.flatMap(([name, kind]) => [
    [`${name}, and lists ignore the key`, kind] as const,
    [`${name}, and lists are filtered by key`, { ...kind, filtersByKey: true }] as const,
  ]);

  it.each(TABLE)('a write is sent once and committed if %s', async (_name, kind) => {
    const server = new OddServer(kind);
    expect(await server.client().tokens.mint(MINT)).toMatchObject(OWN);
    expect(server.writes).toBe(1);
  });

  it.each(TABLE)('twelve concurrent writes are each sent once and committed if %s', async (_name, kind) => {
    const pass = fakeTime();
    const server = new OddServer(kind);
    const start = performance.now();
    // With many waits the client reads lists.
    const pending = mockServer(async (request) => {
      const response = await server.answer(request);
      const isPending = request.url.includes('/transactions/') && performance.now() - start < 300;
      return isPending ? Response.json({ ...((await response.json()) as Body), status: 'PENDING' }) : response;
    });
    const client = server.client({ ...pending, uncertaintyWindow: 2_000 });
    const mints = Array.from({ length: 12 }, (_, n) => client.tokens.mint({ ...MINT, amount: BigInt(n + 1) }));
    const results = await advancing(pass, Promise.all(mints));
    expect(new Set(results.map(({ transactionId }) => transactionId)).size).toBe(12);
    expect(results.every(({ status }) => status === 'committed')).toBe(true);
    expect(server.writes).toBe(12);
  });
});

describe('a repeated key', () => {
  it.each(KINDS)('used by two clients is written once if the header is honoured, and %s', async (_name, kind) => {
    const server = new OddServer({ ...kind, honoursHeader: true, lag: NEVER });
    expect(await server.client().tokens.mint(MINT, KEYED)).toMatchObject(OWN);
    const second = await endOf(server.client().tokens.mint(MINT, KEYED));
    // The call that the record shows is the first one.
    expect(second).toMatchObject(kind.foreign ? UNKNOWN : OWN);
    expect(server.writes).toBe(2);
    expect(server.written).toHaveLength(1);
  });

  const UNLISTED: readonly [string, OddServerOptions][] = [
    ['the metadata of mints is dropped, and that of another write was seen', { keep: dropAll }],
    [
      'single records leave metadata out, and lists do not show the write yet',
      { recordsShowMetadata: false, lag: NEVER },
    ],
    [
      'the first answer names another transaction, and lists do not show the write yet',
      {
        lag: NEVER,
        answer: ({ n, apply }) => {
          const { record } = apply();
          return accepted(n === 1 ? MARKED : record);
        },
      },
    ],
  ];

  it.each(UNLISTED)('used by two calls with confirm: false is written once if %s', async (_name, kind) => {
    const server = new OddServer({ filtersByKey: true, foreign: [MARKED], ...kind });
    const client = server.client({ uncertaintyWindow: 60_000 });
    const options = { ...KEYED, confirm: false };
    expect(await client.tokens.mint(MINT, options)).toMatchObject({ status: 'pending' });
    const second = await endOf(client.tokens.mint(MINT, options));
    expect(second).toMatchObject(UNKNOWN);
    expect(server.writes).toBe(1);
  });

  it.each(['the same', 'another'])(
    'is found if lists omit metadata, and %s client calls again after 25 newer records of others',
    async (which) => {
      const pass = fakeTime();
      const server = new OddServer({ listsShowMetadata: false });
      const client = server.client();
      expect(await advancing(pass, client.tokens.mint(MINT, KEYED))).toMatchObject(OWN);
      await pass(100);
      for (let n = 0; n < 25; n++)
        server.stored.push({ record: record(`b${n}`, { amount: 2, timestamp: now() }), shownAt: 0 });
      const later = which === 'another' ? server.client() : client;
      expect(await advancing(pass, later.tokens.mint(MINT, KEYED))).toMatchObject(OWN);
      expect(server.writes).toBe(1);
    },
  );

  it('is not reused for a mint if only the metadata of creates is known to be kept', async () => {
    const server = new OddServer({
      filtersByKey: true,
      keep: (metadata, type) => (type === 'create' ? metadata : undefined),
    });
    const [first, second] = [server.client(), server.client()];
    for (const client of [first, second]) await client.assets.create(FLAT);
    expect(await first.tokens.mint(MINT, KEYED)).toMatchObject({ status: 'committed' });
    expect(await endOf(second.tokens.mint(MINT, KEYED))).toMatchObject(UNKNOWN);
    expect(server.writes).toBe(3);
  });

  it('is found in the unfiltered list if the filter finds nothing', async () => {
    const server = new OddServer();
    const blind = mockServer((request) =>
      request.url.includes('idempotencyKey=') ? listed([]) : server.answer(request),
    );
    for (let call = 0; call < 2; call++) expect(await server.client(blind).tokens.mint(MINT, KEYED)).toMatchObject(OWN);
    expect(server.writes).toBe(1);
  });
});

describe('a response that names another transaction', () => {
  const SIGNS: readonly [string, OddServerOptions, object][] = [
    ['lists leave metadata out, and a single record shows it', { listsShowMetadata: false }, UNKNOWN],
    [
      'twenty newer records of other assets hide the one that shows metadata, and the write is found by its key',
      {
        foreign: Array.from({ length: 20 }, (_, n) =>
          record(`b${n}`, { assetId: 'o', timestamp: '2100-01-01T00:00:00Z' }),
        ),
      },
      OWN,
    ],
  ];
  const STATUSES: readonly [string, object][] = [
    ['committed', {}],
    ['failed', { status: 'FAILED', error: 'ENDORSEMENT_POLICY_FAILURE' }],
    ['lost to a read conflict', { status: 'FAILED', error: 'MVCC_READ_CONFLICT' }],
  ];

  it.each(
    SIGNS.flatMap(([name, kind, end]) =>
      STATUSES.map(([status, fields]) => [`${name}: ${status}`, kind, end, fields] as const),
    ),
  )('is not accepted if %s', async (_name, kind, end, fields) => {
    const named = record('f9', { timestamp: now(), ...fields });
    const keyed = record('k', { amount: 3, metadata: { idempotencyKey: 'k', idempotencyFingerprint: 'f' } });
    const server = new OddServer({
      ...kind,
      foreign: [keyed, named, ...(kind.foreign ?? [])],
      answer: ({ apply }) => {
        apply();
        return accepted(named);
      },
    });
    expect(await endOf(server.client().tokens.mint(MINT))).toMatchObject(end);
    expect(server.writes).toBe(1);
  });

  it('a record without metadata is accepted for one call only', async () => {
    const server = new OddServer({
      keep: dropAll,
      answer: ({ n, apply }, [first]) => accepted(n === 1 || !first ? apply().record : first.record),
    });
    const client = server.client();
    expect(await client.tokens.mint(MINT)).toMatchObject(OWN);
    expect(await endOf(client.tokens.mint(MINT))).toMatchObject(UNKNOWN);
  });

  it('a recent update by another caller is not accepted if all metadata is dropped', async () => {
    const named = { transactionId: 'f9', type: 'update', status: 'COMMITTED', assetId: 'a1', timestamp: now() };
    const server = new OddServer({ keep: dropAll, foreign: [named], answer: () => accepted(named) });
    const update = server.client().assets.update('a1', { updates: { name: 'y' }, updaterWallet: 'w' });
    expect(await endOf(update)).toMatchObject(UNKNOWN);
  });
});

describe('a refusal', () => {
  it.each([
    [409, 'IDEMPOTENCY_CONFLICT'],
    [409, 'IN_PROGRESS'],
    [423, 'WALLET_LOCKED'],
  ])(
    'that names a transaction under another key does not report an applied write as not applied: %d %s',
    async (...as) => {
      const server = new OddServer({
        filtersByKey: true,
        foreign: [MARKED],
        answer: ({ apply }) => {
          apply();
          return refused(...as, MARKED.transactionId);
        },
      });
      expect(await server.client().tokens.mint(MINT)).toMatchObject(OWN);
      expect(server.writes).toBe(1);
    },
  );

  it.each<[string, (client: SpydraClient, isSecond: boolean) => PromiseLike<unknown>]>([
    ['create', (client, isSecond) => client.assets.create(isSecond ? { ...FLAT, name: 'another' } : FLAT, KEYED)],
    ['mint', (client, isSecond) => client.tokens.mint(isSecond ? { ...MINT, minterWallet: 'bob' } : MINT, KEYED)],
  ])('because the key is taken leaves a %s unknown if only the key of its metadata is kept', async (_type, write) => {
    const server = new OddServer({
      filtersByKey: true,
      lag: NEVER,
      foreign: [MARKED],
      keep: ({ idempotencyKey }) => ({ idempotencyKey }),
      answer: ({ header, apply }, stored) => {
        const holder = stored.find((each) => each.header === header);
        if (!holder) return accepted(apply().record);
        holder.shownAt = performance.now();
        return refused(409, 'IDEMPOTENCY_CONFLICT', holder.record.transactionId);
      },
    });
    await endOf(write(server.client(), false));
    expect(await endOf(write(server.client(), true))).toMatchObject(UNKNOWN);
    expect(server.written).toHaveLength(1);
  });

  it('does not report an applied write as not applied if the clock is two hours ahead', async () => {
    using clock = new SteppedClock();
    clock.step(7_200_000);
    const server = new OddServer({
      foreign: [MARKED, record('u', { amount: 2 })],
      answer: ({ apply }) => {
        apply().record.timestamp = clock.right.toISOString();
        return refused(409, 'IN_PROGRESS');
      },
    });
    expect(await server.client().tokens.mint(MINT)).toMatchObject(OWN);
    expect(server.writes).toBe(1);
  });
});

describe('a list that is answered after the uncertainty window', () => {
  it('asks for no negative timer, of which Node warns', async () => {
    const pass = laterByMilliseconds();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timers.mockRestore());
    const { client } = scriptedLedger({
      post: () => Response.json({}, { status: 504 }),
      list: () => {
        pass(1_000);
        return listed([]);
      },
    });
    expect(await endOf(client.tokens.mint(MINT))).toMatchObject(UNKNOWN);
    expect(timers).toHaveBeenCalled();
    expect(timers.mock.calls.filter(([, ms = 0]) => ms < 0)).toEqual([]);
  });
});
