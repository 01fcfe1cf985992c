import { describe, expect, it } from 'vitest';
import { laterByMilliseconds } from '../../../../test/helpers/time.js';
import { ADMIN_KEY } from '../helpers/backend.js';
import { type Fault, type Line, watched } from '../helpers/watched.js';

const MINT = { recipientWallet: 'w', amount: 5 };
const KEY = { 'X-API-Key': ADMIN_KEY };

/** One attempt for each request, and one search for a write: no fake time passes that would end a longer search. */
const ONCE = { retries: 0, uncertaintyWindow: Number.MIN_VALUE };

/** The backend, which takes no time unless `later` says so, and a draft of which tokens can be minted. */
async function withDraft(...given: Parameters<typeof watched>) {
  const now = performance.now();
  const later = laterByMilliseconds(() => now);
  const backend = await watched(...given);
  const assetId = backend.seeded.assets.find(({ status }) => status === 'draft')?.assetId ?? '';
  return { ...backend, later, assetId };
}

const answers = (lines: readonly Line[]) => lines.filter(({ route }) => route !== undefined);

describe('the log', () => {
  it('has one line for each finished request: route, status, time and role of the caller', async () => {
    const { call, lines, assetId } = await withDraft();
    await call(`GET /assets/${assetId}?limit=secret`, undefined, { 'X-Request-Id': 'r1' });
    await call('POST /tokens/mint', { ...MINT, assetId }, { ...KEY, 'X-Request-Id': 'r2' });
    await call('GET /nowhere', undefined, { 'X-Request-Id': 'r3' });
    const line = { time: expect.any(String), pid: expect.any(Number), hostname: expect.any(String), msg: 'answered' };
    const ended = { ...line, ms: expect.any(Number) };
    await expect.poll(() => answers(lines())).toHaveLength(3);
    expect(answers(lines())).toEqual([
      {
        ...ended,
        level: 'debug',
        requestId: 'r1',
        method: 'GET',
        route: '/assets/:assetId',
        status: 200,
        who: 'anybody',
      },
      { ...ended, level: 'info', requestId: 'r2', method: 'POST', route: '/tokens/mint', status: 201, who: 'admin' },
      { ...ended, level: 'debug', requestId: 'r3', method: 'GET', route: 'none', status: 404, who: 'anybody' },
    ]);
    expect(lines()[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('has in each line of a request the id that was returned and sent to Spydra', async () => {
    const sent: (string | null)[] = [];
    const { call, fail, lines, assetId } = await withDraft({}, { retries: 1 });
    let count = 0;
    fail((_url, init) => {
      sent.push(new Headers(init?.headers).get('X-Request-Id'));
      return ++count % 2 ? new Response('', { status: 429, headers: { 'Retry-After': '0' } }) : undefined;
    });
    for (const given of ['order-7:try.2', undefined, 'a b', 'x'.repeat(129), '{"level":"error"}']) {
      const before = lines().length;
      const header: Record<string, string> = given === undefined ? {} : { 'X-Request-Id': given };
      sent.length = 0;
      const answer = await call('POST /tokens/mint', { ...MINT, assetId }, { ...KEY, ...header });
      expect(answer.status).toBe(201);
      const id = answer.headers.get('X-Request-Id');
      expect(id).toMatch(given === 'order-7:try.2' ? /^order-7:try\.2$/ : /^[\da-f-]{36}$/);
      // The last line comes after the answer.
      await expect.poll(() => lines().at(-1)?.msg).toBe('answered');
      const caused = lines().slice(before);
      const messages = ['spydra: request', 'spydra: response', 'spydra: trying again', 'spydra: committed', 'answered'];
      expect(caused.map(({ msg }) => msg)).toEqual(expect.arrayContaining(messages));
      expect([...new Set(caused.map(({ requestId }) => requestId))]).toEqual([id]);
      expect([...new Set(sent)]).toEqual([id]);
    }
  });

  const down = () => Object.assign(new Error('no'), { syscall: 'connect' });
  const onPost = (answer: () => Response | Error) => (_url: URL, init: RequestInit | undefined) =>
    init?.method === 'POST' ? answer() : undefined;

  it.each<[string, string, string[], (backend: Awaited<ReturnType<typeof withDraft>>) => Promise<unknown>]>([
    [
      'a failure of Spydra',
      'error',
      ['answered', 'spydra: failed', 'spydra: request failed'],
      ({ call, fail }) => {
        fail(down);
        return call('GET /assets');
      },
    ],
    [
      'a write of unknown outcome',
      'error',
      ['spydra: outcome unknown', 'answered'],
      ({ call, fail, assetId }) => {
        fail(onPost(() => new Response('', { status: 500 })));
        return call('POST /tokens/mint', { ...MINT, assetId });
      },
    ],
    [
      'a failed transaction',
      'error',
      ['spydra: transaction failed', 'answered'],
      ({ call, fail, assetId }) => {
        const record = { transactionId: 't1', type: 'mint', status: 'FAILED', error: 'X', timestamp: '2026-01-01' };
        let metadata: unknown;
        fail((_url, init) => {
          if (init?.method !== 'POST') return Response.json({ ...record, metadata });
          ({ metadata } = JSON.parse(String(init.body)));
          return Response.json({ transactionId: 't1', newBalance: 5 });
        });
        return call('POST /tokens/mint', { ...MINT, assetId });
      },
    ],
    [
      'a key that is wrong',
      'error',
      ['answered'],
      ({ call }) => call('POST /tokens/mint', MINT, { 'X-API-Key': 'wrong-key' }),
    ],
    [
      'an answer that was slow',
      'warn',
      ['answered'],
      ({ call, fail, later }) => {
        fail(() => {
          later(1_001);
          return Response.json({ assets: [], total: 0 });
        });
        return call('GET /assets');
      },
    ],
    [
      'a limit of Spydra',
      'warn',
      ['answered'],
      ({ call, fail }) => {
        fail(() => new Response('', { status: 429, headers: { 'Retry-After': '1' } }));
        return call('GET /assets');
      },
    ],
    [
      'an older name of a field',
      'warn',
      ['answered'],
      ({ call, assetId }) =>
        call('POST /tokens/purchase', { assetId, seller: 'a', buyerWallet: 'b', amount: 1, price: 1 }),
    ],
    [
      'a mint',
      'info',
      ['spydra: committed', 'answered'],
      ({ call, assetId }) => call('POST /tokens/mint', { ...MINT, assetId }),
    ],
    [
      'an asset',
      'info',
      ['spydra: committed', 'answered'],
      ({ call }) => {
        const asset = { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 };
        return call('POST /assets', { asset, creatorWallet: 'w' });
      },
    ],
    ['a read', 'debug', ['spydra: request', 'spydra: response', 'answered'], ({ call }) => call('GET /assets')],
    ['an id that nobody knows', 'debug', ['answered'], ({ call }) => call('GET /assets/nobody-knows-this')],
  ])('has %s at level %s', async (_what, level, messages, act) => {
    const backend = await withDraft({}, ONCE);
    await act(backend);
    await expect.poll(() => answers(backend.lines())).toHaveLength(1);
    const said = backend.lines().filter((line) => line.level === level);
    expect(said.map(({ msg }) => msg)).toEqual(expect.arrayContaining(messages));
  });

  const echoing =
    (status: number): Fault =>
    (url, init) =>
      Response.json({ message: `${url.pathname} ${init?.body}`, code: 'X', details: { at: url.pathname } }, { status });

  it.each<[string, Fault]>([
    ['is not there', down],
    ...[400, 404, 409, 500, 503].map((status): [string, Fault] => [`answers ${status}`, echoing(status)]),
  ])('contains no id, no path and nothing of a body in the lines of the backend: Spydra %s', async (_what, fault) => {
    const { call, fail, lines } = await withDraft({}, ONCE);
    fail(fault);
    await call('GET /assets/asset-of-mine?limit=1');
    await call('GET /wallets/wallet-of-mine/balance');
    await call('PUT /assets/asset-of-mine', { updates: { name: 'name-of-mine' }, updaterWallet: 'wallet-of-mine' });
    await call('GET /nowhere-of-mine');
    await expect.poll(() => answers(lines())).toHaveLength(4);
    const ofBackend = lines().filter(({ msg }) => msg === 'answered' || msg === 'spydra: request failed');
    expect(JSON.stringify(ofBackend)).not.toMatch(/of-mine|\/projects\/|\/v2\b/);
  });

  it('names deprecated fields without their values', async () => {
    const { call, lines, assetId } = await withDraft();
    await call('POST /tokens/purchase', { assetId, seller: 'a', buyer: 'b', amount: 1, price: 1 });
    await expect.poll(() => answers(lines())).toHaveLength(1);
    expect(answers(lines())).toMatchObject([{ level: 'warn', deprecated: ['seller', 'buyer'], status: 409 }]);
  });

  it.each([
    ['info', ['info', 'error']],
    ['error', ['error']],
    ['silent', []],
  ])('has the lines of its level: %s', async (LOG_LEVEL, levels) => {
    const { call, lines, assetId } = await withDraft({ LOG_LEVEL });
    await call('GET /assets');
    await call('POST /tokens/mint', { ...MINT, assetId });
    await call('POST /tokens/mint', { ...MINT, assetId }, {});
    await expect.poll(() => [...new Set(lines().map(({ level }) => level))]).toEqual(levels);
  });
});
