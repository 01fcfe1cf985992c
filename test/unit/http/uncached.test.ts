import { Agent, interceptors, fetch as undiciFetch } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { json, scriptedServer } from '../../helpers/scripted-server.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };
const LASTING = { 'Cache-Control': 'max-age=300' };

/** A ledger whose responses are all cacheable, and which breaks the connection of its first mint. */
async function cacheableLedger() {
  const records: Record<string, unknown>[] = [];
  const server = await scriptedServer(({ method, path, body }, response) => {
    if (method === 'POST') {
      records.push({
        transactionId: `t${records.length}`,
        type: 'mint',
        status: 'CONFIRMED',
        timestamp: '',
        ...JSON.parse(body),
      });
      if (records.length === 1) return void response.socket?.destroy();
      return json(response, 200, { transactionId: `t${records.length - 1}`, newBalance: 5 }, LASTING);
    }
    const { pathname, searchParams } = new URL(path, 'http://server');
    const key = searchParams.get('idempotencyKey');
    if (pathname.includes('/balances/')) {
      const balances = [{ assetId: 'a1', assetName: 'Flat', balance: 5 * records.length }];
      return json(response, 200, { balances }, LASTING);
    }
    const isOf = (metadata: unknown) => key === null || (metadata as { idempotencyKey: string }).idempotencyKey === key;
    const found = records.filter(({ metadata }) => isOf(metadata));
    if (pathname.endsWith('/transactions'))
      return json(response, 200, { transactions: found, total: found.length }, LASTING);
    json(
      response,
      200,
      records.find(({ transactionId }) => pathname.endsWith(String(transactionId))),
      LASTING,
    );
  });
  return { server, records };
}

/** undici's fetch with its HTTP cache, as a user passes it; with or without the options that the SDK sets. */
function cachingFetch(): typeof globalThis.fetch {
  const dispatcher = new Agent().compose(interceptors.cache());
  onTestFinished(() => dispatcher.destroy());
  return ((url: string, init: RequestInit) =>
    undiciFetch(url, { ...init, headers: [...new Headers(init.headers)], dispatcher } as never)) as never;
}

describe('an HTTP cache below fetch', () => {
  it('serves no read: balances are fresh, and a write under one key is applied once', async () => {
    const { server, records } = await cacheableLedger();
    const client = testClient({ baseUrl: server.url, fetch: cachingFetch(), uncertaintyWindow: 200 });
    const held = async () => (await client.wallets.balance('w1')).balances[0]?.balance;
    expect(await held()).toBe(0n);
    const mint = () => client.tokens.mint(MINT, { idempotencyKey: 'order-1' });
    await mint().catch(() => {});
    expect(await held()).toBe(5n);
    expect((await mint()).status).toBe('committed');
    expect(records).toHaveLength(1);
  });

  it('is disabled by a header and the option of fetch on every request', async () => {
    const { server } = await cacheableLedger();
    const fetch = vi.fn<typeof globalThis.fetch>((url, init) => globalThis.fetch(url, init));
    const client = testClient({ baseUrl: server.url, fetch });
    await client.wallets.balance('w1');
    await client.tokens.mint(MINT);
    for (const [, init] of fetch.mock.calls) expect(init).toMatchObject({ cache: 'no-store' });
    for (const { headers } of server.seen) expect(headers['cache-control']).toBe('no-store');
  });
});

describe('a fetch that refuses the option `cache`', () => {
  const WORKERD = "The 'cache' field on 'RequestInitializerDict' is not implemented.";
  const refuse = (text: string, init: RequestInit | undefined) => {
    if (init && 'cache' in init) throw new TypeError(text);
  };
  let metadata: unknown;
  const answer = async (init: RequestInit | undefined) => {
    const record = { transactionId: 't1', type: 'mint', status: 'COMMITTED', timestamp: '', metadata };
    if (init?.method !== 'POST') return Response.json({ ...record, balances: [] });
    ({ metadata } = JSON.parse(String(init.body)));
    return Response.json({ transactionId: 't1', newBalance: 5 });
  };

  const refusing = (text: string) => (_url: unknown, init?: RequestInit) => {
    refuse(text, init);
    return answer(init);
  };
  const refusingLater = (text: string) => async (_url: unknown, init?: RequestInit) => refusing(text)(_url, init);

  it.each([
    ['at once', refusing],
    ['later', refusingLater],
  ])('%s works without it, and does not get it again', async (_when, refusal) => {
    for (const text of [WORKERD, 'Unsupported cache mode: no-store']) {
      const fetch = vi.fn<typeof globalThis.fetch>(refusal(text));
      const client = testClient({ fetch });
      expect(await client.tokens.mint(MINT)).toMatchObject({ status: 'committed' });
      await client.wallets.balance('w1');
      expect(fetch.mock.calls.filter(([, init]) => init && 'cache' in init)).toHaveLength(1);
    }
  });

  it.each([
    ['another error', () => new TypeError('fetch failed')],
    ['an error of the network', () => new TypeError(WORKERD, { cause: new Error('reset') })],
    ['an error of a store', () => new Error('The cache is not available')],
  ])('is not assumed for %s of a write, which is not sent again', async (_what, failure) => {
    const fetch = vi.fn<typeof globalThis.fetch>(async (_url, init) => {
      if (init?.method === 'POST') throw failure();
      return Response.json({ transactions: [], total: 0 });
    });
    expect(await rejection(testClient({ fetch }).tokens.mint(MINT))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(fetch.mock.calls.filter(([, init]) => init?.method === 'POST')).toHaveLength(1);
  });

  it('is not assumed if it accepted the option before: the outcome of the write is unknown', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async (_url, init) => {
      if (init?.method === 'POST') throw new TypeError(WORKERD);
      return Response.json({ balances: [], transactions: [], total: 0 });
    });
    const client = testClient({ fetch });
    await client.wallets.balance('w1');
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(fetch.mock.calls.filter(([, init]) => init?.method === 'POST')).toHaveLength(1);
  });
});
