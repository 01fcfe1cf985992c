import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { total, watched } from '../helpers/watched.js';

const REQUESTS = 'http_request_duration_seconds_count';

describe('/metrics', () => {
  it('counts requests by route pattern, method and class of status', async () => {
    const { call, metrics, seeded } = await watched();
    const [{ assetId } = { assetId: '' }] = seeded.assets;
    await call(`GET /assets/${assetId}`);
    await call('GET /assets/nobody-knows-this');
    await call('GET /assets?limit=no');
    await call('POST /tokens/mint', { assetId }, {});
    const series = await metrics();
    const of = (labels: Record<string, string>) => total(series, REQUESTS, labels);
    expect(of({ method: 'GET', route: '/assets/:assetId', status: '2xx' })).toBe(1);
    expect(of({ method: 'GET', route: '/assets/:assetId', status: '4xx' })).toBe(1);
    expect(of({ method: 'GET', route: '/assets', status: '4xx' })).toBe(1);
    expect(of({ method: 'POST', route: '/tokens/mint', status: '4xx' })).toBe(1);
    expect(of({})).toBe(4);
    expect(total(series, 'http_requests_in_flight')).toBe(0);
  });

  it('has no series for unknown routes and methods', async () => {
    const { call, origin, metrics } = await watched();
    await call('GET /assets');
    const scan = async (round: number) => {
      for (let i = 0; i < 100; i++) await fetch(`${origin}/${round}/${i}/wp-admin.php?${i}`);
      for (let i = 0; i < 100; i++)
        await call(`GET /assets/${round}-${i}`, undefined, { 'X-Request-Id': `r${round}-${i}` });
      for (const method of ['PATCH', 'DELETE', 'PROPFIND', 'SEARCH', 'OPTIONS']) await call(`${method} /assets`);
      for (const path of ['/API/Spydra/assets', '/api/SPYDRA/assets/', '/api/spydra/ASSETS'])
        await fetch(origin + path);
    };
    await scan(1);
    const before = await metrics();
    await scan(2);
    const after = await metrics();
    const ours = (series: typeof after) => series.filter(({ name }) => /^(http|spydra)_/.test(name));
    const names = (series: typeof after) => ours(series).map(({ name, labels }) => JSON.stringify([name, labels]));
    expect(names(after).sort()).toEqual(names(before).sort());
    expect(total(after, REQUESTS, { route: 'none' })).toBe(210);
    expect(
      [...new Set(after.filter(({ name }) => name === REQUESTS).map(({ labels }) => labels.method))].sort(),
    ).toEqual(['GET', 'OPTIONS', 'other']);
  });

  it('counts open requests, and those whose client disconnected', async () => {
    const { call, fail, metrics, port } = await watched();
    let release = () => {};
    fail(() => new Promise((resolve) => (release = () => resolve(Response.json({ assets: [], total: 0 })))));
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /api/spydra/health HTTP/1.1\r\nHost: x\r\n\r\n');
    const inFlight = async () => total(await metrics(), 'http_requests_in_flight');
    await expect.poll(inFlight).toBe(1);
    socket.destroy();
    await expect.poll(inFlight).toBe(0);
    release();
    expect(total(await metrics(), REQUESTS, { route: '/health', status: 'hung up' })).toBe(1);
    fail(() => undefined);
    expect((await call('GET /health')).status).toBe(200);
  });

  it('counts requests to Spydra by kind and status, and retries', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { call, fail, metrics } = await watched({}, { retries: 2 });
    const answers = [Object.assign(new Error('no'), { syscall: 'connect' }), new Response('', { status: 502 })];
    fail(() => answers.shift());
    expect((await call('GET /assets')).status).toBe(200);
    fail(() => Response.json({ code: 'ANYTHING-THAT-A-SERVER-SAYS' }, { status: 418 }));
    await call('GET /assets/a1');
    fail(() => new Response('<html>'));
    await call('GET /health');
    const series = await metrics();
    const counts = series
      .filter(({ name }) => name === 'spydra_requests_total')
      .map(({ labels: { request, status }, value }) => [request, status, value]);
    expect(counts).toEqual([
      ['GET …/assets', 'CONNECTION', 1],
      ['GET …/assets', '502', 1],
      ['GET …/assets', '200', 1],
      ['GET …/assets/:id', '418', 1],
      ['GET …/assets', 'INVALID_RESPONSE', 3],
    ]);
    expect(total(series, 'spydra_retries_total', { request: 'GET …/assets' })).toBe(4);
    expect(total(series, 'spydra_request_duration_seconds_count')).toBe(7);
  });

  it('counts writes by outcome, including unknown ones, and measures commits', async () => {
    const { call, fail, metrics, seeded } = await watched({}, { retries: 0 });
    const assetId = seeded.assets.find(({ status }) => status === 'draft')?.assetId ?? '';
    const mint = { assetId, recipientWallet: 'w', amount: 5 };
    const mints = async (outcome: string) => total(await metrics(), 'spydra_writes_total', { type: 'mint', outcome });
    // There from the start, so that the first one is a rise.
    expect(await mints('unknown')).toBe(0);
    expect((await metrics()).filter(({ name }) => name === 'spydra_writes_total')).toHaveLength(24);

    expect((await call('POST /tokens/mint', mint)).status).toBe(201);
    expect((await call('POST /tokens/mint', { ...mint, amount: '1000000000000' })).status).toBe(409);
    fail((_url, init) => (init?.method === 'POST' ? new Response('', { status: 500 }) : undefined));
    expect((await call('POST /tokens/mint', mint)).status).toBe(504);
    expect([await mints('committed'), await mints('not-applied'), await mints('unknown')]).toEqual([1, 1, 1]);
    const series = await metrics();
    expect(total(series, 'spydra_commit_duration_seconds_count', { type: 'mint' })).toBe(1);
    expect(series.map(({ labels }) => labels.le)).toContain('60');
  });

  it('counts cache hits and misses', async () => {
    const { call, metrics, seeded } = await watched();
    const [{ assetId } = { assetId: '' }] = seeded.assets;
    for (let i = 0; i < 3; i++) await call(`GET /assets/${assetId}`);
    const series = await metrics();
    const assets = (event: string) => total(series, 'spydra_cache_events_total', { namespace: 'assets', event });
    expect(['hit', 'miss', 'stale', 'coalesced', 'error'].map(assets)).toEqual([2, 1, 0, 0, 0]);
    expect(series.filter(({ name }) => name === 'spydra_cache_events_total')).toHaveLength(20);
  });

  it('has process metrics, is not cached, and requires no key', async () => {
    const { origin, metrics } = await watched();
    const response = await fetch(`${origin}/metrics`);
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const names = (await metrics()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']));
    // What fetches them is no traffic.
    expect(names).not.toContain(REQUESTS);
  });
});
