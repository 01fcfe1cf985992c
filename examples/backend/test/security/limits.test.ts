import type { Options } from 'express-rate-limit';
import { describe, expect, it, vi } from 'vitest';
import { fakeTime } from '../../../../test/helpers/time.js';
import { LocalCounts } from '../../limits/local-counts.js';
import { ADMIN_KEY, type Answer, backendBefore, refusingWrites, WRITES } from '../helpers/backend.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

const THREE = { RATE_LIMIT_PER_ADDRESS: '3' };
const MINT = { body: WRITES['POST /tokens/mint'] ?? {} };

function expectLimited(answer: Answer, longest: number) {
  expect(answer.status).toBe(429);
  expect(answer.body).toEqual({
    success: false,
    error: 'Too many requests. Wait as long as Retry-After says.',
    code: 'RATE_LIMITED',
    requestId: answer.headers.get('X-Request-Id'),
  });
  const wait = Number(answer.headers.get('Retry-After'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(longest);
}

describe('requests from one address', () => {
  it('are limited to 100 in 15 minutes, and those of one key to 30 in a minute', async () => {
    const { admin } = await backendBefore(refusingWrites, { RATE_LIMIT_PER_ADDRESS: '', RATE_LIMIT_PER_KEY: '' });
    const { headers } = await admin('POST /tokens/mint', MINT);
    const policy = headers.get('RateLimit-Policy');
    expect(policy).toMatch(/^"address"; q=100; w=900; pk=:[\w=]+:, "caller"; q=30; w=60; pk=:[\w=]+:$/);
    expect(headers.get('RateLimit')).toMatch(/^"address"; r=99; t=\d+, "caller"; r=29; t=\d+$/);
    expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('are refused beyond the limit, on every route together', async () => {
    const { call, admin } = await backendBefore(refusingWrites, THREE);
    expect((await call('GET /wallets/w1/transactions')).status).toBe(200);
    expect((await call('GET /nothing')).status).toBe(404);
    expect((await admin('POST /tokens/mint', MINT)).status).toBe(409);
    for (const answer of [await call('GET /health'), await admin('POST /tokens/mint', MINT), await call('GET /x')]) {
      expectLimited(answer, 900);
    }
  });

  it('are counted even with a wrong key, so that guessing is limited', async () => {
    const { as, admin } = await backendBefore(refusingWrites, THREE);
    for (const guess of ['a', 'b', 'c']) expect((await as(guess, 'POST /tokens/mint', MINT)).status).toBe(401);
    expectLimited(await as('d', 'POST /tokens/mint', MINT), 900);
    expectLimited(await admin('POST /tokens/mint', MINT), 900);
  });

  it('are not counted outside of the documented routes', async () => {
    const { port, call } = await backendBefore(refusingWrites, THREE);
    for (let i = 0; i < 5; i++) expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
    expect((await call('GET /wallets/w1/transactions')).headers.get('RateLimit')).toContain('r=2;');
  });
});

describe('the address that is counted', () => {
  /** Returns how many of the requests are allowed under a limit of one per address. */
  async function countOfAllowed(TRUST_PROXY: string, requests: readonly Record<string, string>[]): Promise<number> {
    const { call } = await backendBefore(refusingWrites, { RATE_LIMIT_PER_ADDRESS: '1', TRUST_PROXY });
    const statuses: number[] = [];
    for (const headers of requests) statuses.push((await call('GET /wallets/w1/transactions', { headers })).status);
    expect(statuses.every((status) => [200, 429].includes(status))).toBe(true);
    return statuses.filter((status) => status === 200).length;
  }
  const forwardedFor = (...chains: readonly string[]) => chains.map((chain) => ({ 'X-Forwarded-For': chain }));

  it.each<[string, string, readonly Record<string, string>[], number]>([
    ['is the peer’s, where nothing stands in front', '', forwardedFor('1.1.1.1', '2.2.2.2', '3.3.3.3, 4.4.4.4'), 1],
    [
      'is the peer’s, whatever other headers say',
      '',
      [
        { Forwarded: 'for=1.1.1.1' },
        { 'X-Real-IP': '2.2.2.2' },
        { 'CF-Connecting-IP': '3.3.3.3' },
        { 'X-Client-IP': '4.4.4.4' },
      ],
      1,
    ],
    ['is the peer’s, where 0 proxies stand in front', '0', forwardedFor('1.1.1.1', '2.2.2.2'), 1],
    ['is the peer’s, where the peer is not the proxy', '10.0.0.1', forwardedFor('1.1.1.1', '2.2.2.2'), 1],
    ['is what one proxy saw', '1', forwardedFor('203.0.113.7', '203.0.113.8', '203.0.113.7'), 2],
    [
      'is not what a client wrote before one proxy',
      '1',
      forwardedFor(
        '1.1.1.1, 203.0.113.7',
        '2.2.2.2, 203.0.113.7',
        '127.0.0.1, 203.0.113.7',
        'nonsense, 203.0.113.7',
        ', 203.0.113.7',
      ),
      1,
    ],
    [
      'is not what a client wrote before a known proxy',
      '127.0.0.1',
      forwardedFor('1.1.1.1, 203.0.113.7', '2.2.2.2, 203.0.113.7', '203.0.113.7'),
      1,
    ],
    [
      'is not what a client wrote before two proxies',
      '2',
      forwardedFor('1.1.1.1, 203.0.113.7, 10.0.0.1', '2.2.2.2, 203.0.113.7, 10.0.0.2'),
      1,
    ],
    [
      'is one for a household with IPv6',
      '1',
      forwardedFor('2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:ff:1:2:3:4', '2001:DB8:0000:0001::1'),
      1,
    ],
    ['is another for another household', '1', forwardedFor('2001:db8:0:100::1', '2001:db8:0:200::1'), 2],
    [
      'is the same whatever its port, as a proxy may write it',
      '1',
      forwardedFor(
        '203.0.113.2:50000',
        '203.0.113.2:50001',
        '203.0.113.2',
        '::ffff:203.0.113.2',
        '[::ffff:203.0.113.2]:1',
      ),
      1,
    ],
    [
      'is the same whatever its port, in IPv6',
      '1',
      forwardedFor('[2001:db8::1]:50000', '[2001:db8::1]:50001', '[2001:db8::2]', '2001:db8::1'),
      1,
    ],
    [
      'is not that of a known proxy which is written with a port',
      '127.0.0.1 10.0.0.1',
      forwardedFor('203.0.113.7:1, 10.0.0.1:50000', '203.0.113.8:2, 10.0.0.1:50001', '203.0.113.7:3, 10.0.0.1'),
      2,
    ],
    [
      'is one for all that is no address',
      '1',
      forwardedFor(
        '[fe80::1%eth0]:1',
        'fe80::2%eth1',
        '[fe80::3%eth2]',
        '"203.0.113.5:1"',
        '"[2001:db8::5]:2"',
        '2001:db8:0:0:0:0:0:1:5000',
        '203.0.113.060',
        '203.0.113.999',
        'unknown',
        '_hidden',
        'example.org:80',
        '203.0.113.8,',
      ),
      1,
    ],
    ['is the same when IPv4 is written as IPv6', '1', forwardedFor('203.0.113.7', '::ffff:203.0.113.7'), 1],
  ])('%s', async (_name, trustProxy, requests, expected) => {
    expect(await countOfAllowed(trustProxy, requests)).toBe(expected);
  });
});

describe('requests of one key', () => {
  const TWO = { RATE_LIMIT_PER_KEY: '2' };

  it('are refused beyond the limit on routes that write, and on no other', async () => {
    const { call, admin } = await backendBefore(refusingWrites, TWO);
    expect((await admin('POST /tokens/mint', MINT)).status).toBe(409);
    expect((await admin('PUT /assets/a1', { body: {} })).status).toBe(400);
    expectLimited(await admin('POST /tokens/burn', MINT), 60);
    const headers = { 'X-API-Key': ADMIN_KEY };
    for (let i = 0; i < 3; i++) expect((await call('GET /wallets/w1/transactions', { headers })).status).toBe(200);
  });

  it('are counted apart from those of another key', async () => {
    const AUTH_API_KEY = 'key-that-is-about-to-end key-that-takes-its-place';
    const { as } = await backendBefore(refusingWrites, { ...TWO, AUTH_API_KEY });
    for (const key of AUTH_API_KEY.split(' ')) {
      for (const status of [409, 409, 429]) expect((await as(key, 'POST /tokens/mint', MINT)).status).toBe(status);
    }
  });

  it('include those of one subject with different tokens', async () => {
    const { call } = await backendBefore(refusingWrites, { ...TWO, ...BY_SECRET });
    const statusFor = async (sub: string, role: string, jti: string) => {
      const headers = { Authorization: `Bearer ${await token({ sub, role, jti })}` };
      return (await call('POST /tokens/mint', { ...MINT, headers })).status;
    };
    expect(await statusFor('user-1', 'admin', '1')).toBe(409);
    expect(await statusFor('user-1', 'user', '2')).toBe(403);
    expect(await statusFor('user-1', 'admin', '3')).toBe(429);
    expect(await statusFor('user-2', 'admin', '4')).toBe(409);
  });

  it('are not counted for requests with a wrong key', async () => {
    const { as, admin } = await backendBefore(refusingWrites, TWO);
    for (let i = 0; i < 5; i++) expect((await as(`${ADMIN_KEY}x`, 'POST /tokens/mint', MINT)).status).toBe(401);
    expect((await admin('POST /tokens/mint', MINT)).status).toBe(409);
  });
});

describe('a local rate limit', () => {
  it('ends in time even if the clock is set back by an hour', async () => {
    const pass = fakeTime();
    const counts = new LocalCounts();
    counts.init({ windowMs: 60_000 } as Options);
    expect(counts.increment('a').totalHits).toBe(1);
    expect(counts.increment('a').totalHits).toBe(2);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(counts.increment('a').resetTime?.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
    await pass(59_000);
    expect(counts.increment('a').totalHits).toBe(4);
    await pass(1_001);
    expect(counts.increment('a').totalHits).toBe(1);
  });
});
