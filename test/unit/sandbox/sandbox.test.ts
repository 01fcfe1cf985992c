import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSandbox, manualClock, type SandboxOptions, scaledClock } from '../../../src/sandbox/index.js';
import { FLAT } from '../../helpers/flat.js';
import { sandboxed } from '../../helpers/sandbox.js';
import { APP, apiOf, balance, createAsset, creation, NETWORK, start, transactions } from './harness.js';

describe('fetch', () => {
  test('accepts a string, a URL, a Request, or a path', async () => {
    const { sandbox } = start();
    const url = `https://api.spydra.io/v2${APP}/assets`;
    const init = { headers: { 'X-API-Key': 'sandbox-key' } };
    for (const response of [
      await sandbox.fetch(url, init),
      await sandbox.fetch(new URL(url), init),
      await sandbox.fetch(new Request(url, init)),
      await sandbox.fetch(new Request(url), init),
      await sandbox.fetch(`/v2${APP}/assets`, init),
    ]) {
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    }
  });

  test('rejects with the reason of an already aborted signal, and sends nothing', async () => {
    const { sandbox, api } = start();
    const reason = new Error('no longer wanted');
    const signal = AbortSignal.abort(reason);
    await expect(api.send(`${APP}/assets`, { method: 'POST', body: JSON.stringify(creation()), signal })).rejects.toBe(
      reason,
    );
    await expect(sandbox.fetch(new Request('http://x/', { signal }))).rejects.toBe(reason);
    expect(sandbox.blocks).toEqual([]);
  });

  test('rejects at once when the signal aborts while the body is being read', async () => {
    const { sandbox, api } = start();
    const controller = new AbortController();
    const endless = new ReadableStream({ pull: () => new Promise(() => {}) });
    const init = { method: 'POST', body: endless, duplex: 'half' as const, signal: controller.signal };
    const call = api.send(`${APP}/assets`, init);
    const reason = new Error('given up');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(sandbox.blocks).toEqual([]);
  });

  test('works as an msw handler', async () => {
    const { sandbox } = start();
    const server = setupServer(
      http.all('https://api.spydra.io/v2/*', ({ request }) => sandbox.fetch(request)),
      http.all('*', () => HttpResponse.error()),
    );
    server.listen();
    onTestFinished(() => server.close());
    const api = apiOf(globalThis.fetch);
    const assetId = await createAsset(api);
    expect((await api.get(`${APP}/assets/${assetId}`)).status).toBe(200);
    expect((await api.get(`${APP}/assets/unknown`)).status).toBe(404);
  });
});

describe('options', () => {
  test('connection() returns all options for a client', async () => {
    const own = { apiKey: 'key-of-its-own', projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
    const { sandbox } = start(own);
    const { baseUrl, fetch, ...rest } = sandbox.connection();
    expect([rest, baseUrl, fetch]).toEqual([own, 'https://sandbox.spydra.test/v2', sandbox.fetch]);
    const body = JSON.stringify({ ...creation(), schemaId: 's' });
    const init = { method: 'POST', body, headers: { 'X-API-Key': 'key-of-its-own' } };
    expect((await fetch(`${baseUrl}/projects/p/networks/n/apps/a/assets`, init)).status).toBe(200);
    expect(start().sandbox.connection()).toMatchObject({
      apiKey: 'sandbox-key',
      projectId: 'sandbox-project',
      networkId: 'sandbox-network',
      appId: 'sandbox-app',
      assetSchemaId: 'sandbox-schema',
    });
  });

  test.each<SandboxOptions>([
    { blockTime: -1 },
    { blockTime: Number.NaN },
    { blockTime: 2 ** 31 },
    { blockSize: 0 },
    { blockSize: 1.5 },
    { apiKey: '' },
    { apiKey: 'two words' },
    { cors: 'https://page.example' as '*' },
    { cors: ['https://page.example/'] },
    { cors: ['*'] },
    { idempotency: 'never' as 'none' },
  ])('%j is refused', (options) => {
    const [name = ''] = Object.keys(options);
    expect(() => createSandbox(options)).toThrow(RangeError);
    expect(() => createSandbox(options)).toThrow(name);
  });
});

test('the option contract of earlier versions is refused with what to do', () => {
  for (const contract of ['balances', 'deltas']) {
    expect(() => createSandbox({ contract } as SandboxOptions)).toThrow(/contract is not an option .* leave it out/);
  }
});

describe('seed()', () => {
  test.each([0, 2_000])('commits sample data at once with a block time of %j', async (blockTime) => {
    const { sandbox, api } = start({ blockTime, clock: manualClock() });
    const waiting = await createAsset(api);
    const { assets, treasury, investors } = await sandbox.seed();
    expect(assets.map(({ name, status }) => [name, status])).toEqual([
      ['Harbour View Residences', 'published'],
      ['Still Life with Lemons', 'published'],
      ['Vault Gold 2025', 'draft'],
    ]);
    const listed = (await api.get(`${APP}/assets?offset=1`)).body.assets as Record<string, unknown>[];
    expect(listed.map(({ assetId, name, status }) => ({ assetId, name, status }))).toEqual(
      assets.map(({ assetId, name, status }) => ({ assetId, name, status })),
    );
    expect(new Set(listed.map(({ assetType }) => assetType)).size).toBe(3);
    for (const { assetId, totalSupply, balances } of assets) {
      for (const wallet of [treasury, ...investors])
        expect(await balance(api, assetId, wallet)).toBe(balances[wallet] ?? 0n);
      const held = Object.values(balances).reduce((sum, each) => sum + each, 0n);
      expect(held === totalSupply || held === 0n).toBe(true);
    }
    expect((await api.get(`${APP}/assets/${waiting}`)).status).toBe(200);
    expect((await transactions(api)).every(({ status }) => status === 'COMMITTED')).toBe(true);
    expect(sandbox.blocks[0]?.transactions.map(({ assetId }) => assetId)).toEqual([waiting]);
  });

  test.each(['header', 'filter', 'none'] as const)(
    'allows keyed writes immediately afterwards: %s',
    async (idempotency) => {
      const keyed = { idempotencyKey: 'order-7' };
      const seeded = async () => {
        const { sandbox, spydra } = sandboxed({ idempotency });
        return { ...(await sandbox.seed()), spydra };
      };
      const { assets, treasury, spydra } = await seeded();
      const { assetId = '' } = assets[0] ?? {};
      expect(await spydra.transactions.reconcile('order-7', { assetId })).toMatchObject({ state: 'not-found' });
      // The same as an existing one, except for the key.
      const sale = { assetId, fromWallet: treasury, toWallet: 'wallet-bob', amount: 300n };
      expect(await spydra.tokens.transfer(sale, keyed)).toMatchObject({ status: 'committed' });
      expect(await (await seeded()).spydra.assets.create(FLAT, keyed)).toMatchObject({ status: 'committed' });
    },
  );
});

describe('clocks', () => {
  test('a manual clock runs timers in order, each at its time', () => {
    const clock = manualClock(1_000);
    const seen: [string, number][] = [];
    const note = (name: string) => () => seen.push([name, clock.now()]);
    clock.setTimeout(note('late'), 300);
    clock.setTimeout(note('early'), 100);
    const dropped = clock.setTimeout(note('dropped'), 150);
    clock.setTimeout(() => clock.setTimeout(note('nested'), 50), 200);
    clock.clearTimeout(dropped);
    clock.advance(99);
    expect(seen).toEqual([]);
    clock.advance(1_000);
    expect(seen).toEqual([
      ['early', 1_100],
      ['nested', 1_250],
      ['late', 1_300],
    ]);
    expect(clock.now()).toBe(2_099);
  });

  test('a scaled clock cuts blocks sooner, with timestamps of its own time', async () => {
    const { sandbox, api } = start({ blockTime: 60_000, clock: scaledClock(1_000) });
    const committed = new Promise<void>((resolve) => void sandbox.onEvent(() => resolve()));
    const { body } = await api.post(`${APP}/assets`, creation());
    await committed;
    const [block] = sandbox.blocks;
    expect((block?.timestamp ?? 0) - (block?.transactions[0]?.timestamp ?? 0)).toBeGreaterThanOrEqual(58_000);
    expect((await api.get(`${NETWORK}/transactions/${body.transactionId}`)).body.status).toBe('COMMITTED');
    expect(() => scaledClock(0)).toThrow(RangeError);
    expect(() => scaledClock(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});
