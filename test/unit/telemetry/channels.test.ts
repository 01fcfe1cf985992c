import { execFile } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { promisify } from 'node:util';
import type { RequestEvent, RetryEvent, SpydraClient, SpydraClientOptions, WriteEvent } from 'spydra-sdk';
import { manualClock } from 'spydra-sdk/sandbox';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { API_KEY, rejection, testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { listen } from '../../helpers/listen.js';
import { program } from '../../helpers/program.js';
import { minted, sandboxed } from '../../helpers/sandbox.js';
import { fakeTime, leaping, until } from '../../helpers/time.js';

type Fetch = typeof globalThis.fetch;

const MS = expect.any(Number);
const ID = expect.any(String);
const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };
const asset = { assetId: 'a1', name: 'A', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' };

/** A client with this response to its n-th request (from 1). */
function answered(answer: (n: number, init: RequestInit | undefined) => Response | Error, more?: SpydraClientOptions) {
  let count = 0;
  const fetch: Fetch = async (_input, init) => {
    const given = answer(++count, init);
    if (given instanceof Error) throw given;
    return given;
  };
  return testClient({ fetch, retries: 2, ...more });
}

/** A server that accepts the mint as `t1`, and then returns this record of it. */
function taking(record: object, options: SpydraClientOptions = {}): SpydraClient {
  const base = { transactionId: 't1', type: 'mint', assetId: 'a1', timestamp: '2026-01-01T00:00:00Z' };
  const list = { transactions: [], total: 0 };
  let metadata: unknown;
  const fetch: Fetch = async (input, init) => {
    if (init?.method === 'POST') {
      metadata = JSON.parse(String(init.body)).metadata;
      return Response.json({ transactionId: 't1', newBalance: 5, metadataId: 'm1' });
    }
    const { pathname } = new URL(String(input));
    if (pathname.includes('/metadata/')) return Response.json({ metadata });
    return Response.json(pathname.endsWith('/transactions') ? list : { ...base, metadata, ...record });
  };
  return testClient({ fetch, retries: 0, ...options });
}

const refused = () => Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });

afterEach(() => void vi.restoreAllMocks());

describe('spydra-sdk:request', () => {
  it('is published for each finished attempt, without ids', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const events = listen<RequestEvent>('spydra-sdk:request');
    const answers = [refused(), new Response('no', { status: 503 }), Response.json({ asset })];
    const spydra = answered((n) => answers[n - 1] ?? refused());
    await spydra.assets.get('a1', { headers: { 'X-Request-Id': 'r1' } });
    const attempt = { request: 'GET …/assets/:id', method: 'GET', ms: MS, requestId: 'r1' };
    expect(events).toEqual([
      { ...attempt, attempt: 1, status: undefined, code: 'CONNECTION' },
      { ...attempt, attempt: 2, status: 503, code: 'UNAVAILABLE' },
      { ...attempt, attempt: 3, status: 200, code: undefined },
    ]);
  });

  it.each<[string, () => Response, Partial<RequestEvent>]>([
    ['a refusal', () => Response.json({ code: 'GONE' }, { status: 410 }), { status: 410, code: 'API_ERROR' }],
    ['no JSON', () => new Response('<html>'), { status: 200, code: 'INVALID_RESPONSE' }],
    ['another shape', () => Response.json({}), { status: 200, code: 'INVALID_RESPONSE' }],
  ])('states the result: %s', async (_name, response, end) => {
    const events = listen<RequestEvent>('spydra-sdk:request');
    await rejection(answered(response, { retries: 0 }).assets.get('a1'));
    expect(events).toMatchObject([end]);
  });

  it('states a timeout or an abort', async () => {
    const events = listen<RequestEvent>('spydra-sdk:request');
    const fetch = vi.fn<Fetch>(() => new Promise(() => {}));
    const spydra = testClient({ fetch, retries: 0 });
    fakeTime();
    await leaping(rejection(spydra.assets.get('a1', { timeout: 5 })));
    const caller = new AbortController();
    const ended = rejection(spydra.assets.get('a1', { signal: caller.signal }));
    await until(() => fetch.mock.calls.length === 2);
    caller.abort();
    await ended;
    expect(events.map(({ status, code }) => [status, code])).toEqual([
      [undefined, 'TIMEOUT'],
      [undefined, 'ABORTED'],
    ]);
  });

  it('has a limited number of request kinds', async () => {
    const events = listen<RequestEvent>('spydra-sdk:request');
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 10n);
    await spydra.assets.update(assetId, { updates: { name: 'B' }, updaterWallet: 'w' });
    await spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'a b?c', amount: 1n });
    await spydra.tokens.burn({ assetId, holderWallet: 'a b?c', burnerWallet: 'w', amount: 1n });
    const { metadataId } = await spydra.assets.addMetadata(assetId, { a: 1 });
    await spydra.assets.getMetadata(metadataId);
    await spydra.assets.list();
    await spydra.wallets.balance('a b?c', { assetId });
    await spydra.assets.history(assetId);
    expect([...new Set(events.map(({ request }) => request))].sort()).toEqual([
      'GET …/assets',
      'GET …/balances/:id',
      'GET …/metadata/:id',
      'GET …/transactions',
      'GET …/transactions/:id',
      'POST …/assets',
      'POST …/metadata',
      'POST …/tokens/burn',
      'POST …/tokens/mint',
      'POST …/tokens/transfer',
      'PUT …/assets/:id',
    ]);
  });
});

describe('spydra-sdk:retry', () => {
  it('is published only for each wait before another attempt', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const events = listen<RetryEvent>('spydra-sdk:retry');
    const tooMany = () => Response.json({}, { status: 429, headers: { 'Retry-After': '0' } });
    const spydra = answered((n) => (n === 1 ? refused() : n === 2 ? tooMany() : Response.json({ asset })));
    await spydra.assets.get('a1', { headers: { 'X-Request-Id': 'r1' } });
    const wait = { request: 'GET …/assets/:id', wait: 0, requestId: 'r1' };
    expect(events).toEqual([
      { ...wait, attempt: 1, code: 'CONNECTION' },
      { ...wait, attempt: 2, code: 'RATE_LIMITED' },
    ]);
    await rejection(answered(() => Response.json({}, { status: 404 })).assets.get('a1'));
    expect(events).toHaveLength(2);
  });
});

describe('spydra-sdk:write', () => {
  const WRITE = { ms: MS, idempotencyKey: ID };

  it('is published for each finished write, with the time to its commit', async () => {
    const events = listen<WriteEvent>('spydra-sdk:write');
    const { spydra } = sandboxed();
    const { assetId } = await spydra.assets.create(FLAT);
    await spydra.assets.publish(assetId, { publisherWallet: 'w' });
    const mint = { assetId, recipientWallet: 'treasury', amount: 5n };
    const { transactionId } = await spydra.tokens.mint(mint, { idempotencyKey: 'k1' });
    await spydra.tokens.mint(mint, { idempotencyKey: 'k1' });
    const sale = { assetId, sellerWallet: 'treasury', buyerWallet: 'w', amount: 2n, price: '1' };
    await spydra.tokens.purchase(sale);
    await spydra.tokens.burn({ assetId, holderWallet: 'w', burnerWallet: 'w', amount: 1n }, { confirm: false });
    await spydra.assets.addMetadata(assetId, {});
    const sent = { ...WRITE, code: undefined, commitMs: MS, submissions: 1, transactionId: ID };
    const taken = { ...sent, outcome: 'accepted', commitMs: undefined };
    expect(events).toEqual([
      { ...sent, type: 'create', outcome: 'committed' },
      { ...sent, type: 'update', outcome: 'committed' },
      { ...sent, type: 'mint', outcome: 'committed', transactionId, idempotencyKey: 'k1' },
      // An earlier call made the write.
      { ...sent, type: 'mint', outcome: 'committed', transactionId, submissions: 0, commitMs: undefined },
      { ...sent, type: 'transfer', outcome: 'committed' },
      { ...taken, type: 'burn' },
      { ...taken, type: 'metadata', outcome: 'committed', transactionId: undefined },
    ]);
  });

  it('has the number of submissions and the time of the committed one', async () => {
    const events = listen<WriteEvent>('spydra-sdk:write');
    const clock = manualClock();
    const { sandbox } = sandboxed({ blockTime: 2_000, clock });
    let posted = 0;
    const fetch: Fetch = async (input, init) => {
      const response = await sandbox.fetch(input, init);
      if (init?.method === 'POST') posted++;
      return response;
    };
    const spydra = testClient({ ...sandbox.connection(), fetch });
    /** Cuts a block when all of these requests are in it. */
    const cutAt = (requests: number) => until(() => posted === requests).then(() => clock.advance(2_000));
    const [assetId] = await Promise.all([minted(spydra, 10n, 100n), cutAt(1).then(() => cutAt(2))]);
    events.length = 0;
    const mint = { assetId, recipientWallet: 'treasury', amount: 1n };
    // Both are in one block, so that one of them conflicts and is submitted again.
    await Promise.all([spydra.tokens.mint(mint), spydra.tokens.mint(mint), cutAt(4).then(() => cutAt(5))]);
    expect(events.map(({ submissions }) => submissions).sort()).toEqual([1, 2]);
    for (const { commitMs = Number.NaN, ms } of events) expect(commitMs).toBeLessThanOrEqual(ms);
  });

  it.each<[string, () => SpydraClient, Partial<WriteEvent>]>([
    [
      'a refusal',
      () => answered(() => Response.json({ code: 'SUPPLY_EXCEEDED' }, { status: 409 })),
      { outcome: 'not-applied', code: 'SUPPLY_EXCEEDED', submissions: 1, transactionId: undefined },
    ],
    [
      'a failed transaction',
      () => taking({ status: 'FAILED', error: 'ENDORSEMENT_POLICY_FAILURE' }),
      { outcome: 'not-applied', code: 'TRANSACTION_FAILED', submissions: 1, transactionId: 't1' },
    ],
    [
      'no commit in time',
      () => taking({ status: 'PENDING' }, { deadline: 50 }),
      { outcome: 'unknown', code: 'OUTCOME_UNKNOWN', submissions: 1, transactionId: 't1' },
    ],
    [
      'no answer',
      () =>
        answered((_n, init) =>
          init?.method === 'POST' ? new Error('reset') : Response.json({ transactions: [], total: 0 }),
        ),
      { outcome: 'unknown', code: 'OUTCOME_UNKNOWN', submissions: 1, transactionId: undefined },
    ],
  ])('states the result: %s', async (_name, client, end) => {
    fakeTime();
    const events = listen<WriteEvent>('spydra-sdk:write');
    await leaping(rejection(client().tokens.mint(MINT)));
    expect(events).toEqual([{ ...WRITE, type: 'mint', commitMs: undefined, ...end }]);
  });

  it('is not published for refused input', async () => {
    const events = listen<WriteEvent>('spydra-sdk:write');
    await rejection(sandboxed().spydra.tokens.mint({ ...MINT, amount: 0n }));
    expect(events).toEqual([]);
  });
});

describe('a channel', () => {
  it('is not used without subscribers', async () => {
    const names = ['request', 'retry', 'write'].map((name) => channel(`spydra-sdk:${name}`));
    const publishing = names.map((each) => vi.spyOn(each, 'publish'));
    const { spydra } = sandboxed();
    await minted(spydra, 1n);
    for (const publish of publishing) expect(publish).not.toHaveBeenCalled();
  });

  it('never contains the API key, whatever the server responds', async () => {
    const told = ['request', 'retry', 'write'].map((name) => listen<unknown>(`spydra-sdk:${name}`));
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const echo = { code: `X_${API_KEY}`, message: API_KEY, details: { transactionId: API_KEY } };
    const spydra = answered((n) => Response.json(echo, { status: n < 4 ? 503 : 409 }));
    await rejection(spydra.assets.get('a1'));
    await rejection(spydra.tokens.mint(MINT));
    for (const events of told) expect(events.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toContain(API_KEY);
  });

  it('does not fail a call if a subscriber throws; Node raises that error separately', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      program('test/unit/telemetry/subscriber.program.ts'),
    ]);
    const bugs = ['request', 'write'].map((name) => `a bug of whoever listens to ${name}`);
    expect(JSON.parse(stdout)).toEqual({ newBalance: '3', uncaught: bugs });
  });
});

describe('log lines of a call', () => {
  it('contain the id that the caller gave', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const lines: [string, object][] = [];
    const line = (fields: object, message: string) => void lines.push([message, fields]);
    const logger = { debug: line, info: line, warn: line, error: line };
    const options = { headers: { 'X-Request-Id': 'r1' } };
    const flaky = answered(
      (n) => (n < 3 ? Response.json({ requestId: 'theirs' }, { status: 503 }) : Response.json({ asset })),
      { logger, retries: 1 },
    );
    await rejection(flaky.assets.get('a1', options));
    const { spydra } = sandboxed({}, { logger });
    await spydra.assets.create(FLAT, options);
    await rejection(taking({ status: 'FAILED', error: 'X' }, { logger }).tokens.mint(MINT, options));
    fakeTime();
    await leaping(rejection(taking({ status: 'PENDING' }, { logger, deadline: 50 }).tokens.mint(MINT, options)));
    for (const message of ['trying again', 'failed', 'committed', 'transaction failed', 'outcome unknown']) {
      expect(lines.map(([said]) => said)).toContain(`spydra: ${message}`);
    }
    for (const [, fields] of lines) expect(fields).toMatchObject({ requestId: 'r1' });
  });
});
