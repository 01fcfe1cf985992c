import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isRedisHere, type RedisServer, redisCluster, redisServer } from '../../../../test/helpers/redis.js';
import { readConfig } from '../../config.js';
import { openLimits } from '../../limits/limits.js';
import { ADMIN_KEY, backendBefore, type Environment, listening, refusingWrites, WRITES } from '../helpers/backend.js';
import { switchedAddress } from '../helpers/switch.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

const READ = 'GET /wallets/w1/transactions';
const MINT = { body: WRITES['POST /tokens/mint'] ?? {} };

type Backend = Awaited<ReturnType<typeof backendBefore>>;

function backendWith(REDIS_URL: string, environment: Environment = {}) {
  return backendBefore(refusingWrites, { REDIS_URL, ...environment });
}

const statusOf = async ({ call }: Backend) => (await call(READ)).status;
/** Undefined: the request was not counted. */
const remaining = async ({ call }: Backend) => /r=(\d+)/.exec((await call(READ)).headers.get('RateLimit') ?? '')?.[1];
const warnings = ({ logger }: Backend) => logger.warn.mock.calls.map(([, message]) => message);

const AWAY = 'Redis is away: each instance counts requests alone';
const REFUSING = 'Redis is away: requests are refused';
const BACK = 'Redis is back: requests are counted across instances again';

/** The entries of the limits. */
const countsIn = async (redis: RedisServer) =>
  (await redis.ask('KEYS', 'spydra:limit:*')).split('\n').filter((key) => key !== '');

describe.skipIf(!isRedisHere())('rate limits in Redis', () => {
  it('count across instances, and across the restart of one', async () => {
    const { url } = await redisServer();
    const limits = { RATE_LIMIT_PER_ADDRESS: '5', RATE_LIMIT_PER_KEY: '2' };
    const [first, second] = [await backendWith(url, limits), await backendWith(url, limits)];
    expect((await first.admin('POST /tokens/mint', MINT)).status).toBe(409);
    expect((await second.admin('POST /tokens/mint', MINT)).status).toBe(409);
    expect((await first.admin('POST /tokens/mint', MINT)).status).toBe(429);
    expect((await second.admin('POST /tokens/mint', MINT)).status).toBe(429);
    expect(await statusOf(first)).toBe(200);
    const restarted = await backendWith(url, limits);
    for (const backend of [first, second, restarted]) expect(await statusOf(backend)).toBe(429);
  });

  it('count concurrent requests exactly', async () => {
    const { url } = await redisServer();
    const [first, second] = [await backendWith(url), await backendWith(url)];
    await Promise.all(Array.from({ length: 100 }, (_, i) => statusOf(i % 2 ? first : second)));
    expect(await remaining(first)).toBe(String(10_000 - 101));
  });

  it('store neither keys nor tokens', async () => {
    const redis = await redisServer();
    const { admin, call } = await backendWith(redis.url, BY_SECRET);
    const jwt = await token();
    await admin('POST /tokens/mint', MINT);
    await call('POST /tokens/mint', { ...MINT, headers: { Authorization: `Bearer ${jwt}` } });
    const keys = await redis.ask('KEYS', '*');
    expect(await countsIn(redis)).toHaveLength(3);
    expect(keys).not.toContain(ADMIN_KEY);
    expect(keys).not.toContain(jwt);
  });

  it('expire', async () => {
    const redis = await redisServer();
    const { admin } = await backendWith(redis.url);
    await admin('POST /tokens/mint', MINT);
    const keys = await countsIn(redis);
    const ends = await Promise.all(keys.map(async (key) => Number(await redis.ask('PTTL', key))));
    for (const end of ends) expect(end).toBeGreaterThan(0);
    expect(Math.max(...ends)).toBeLessThanOrEqual(900_000);
  });

  it('count in a cluster', async () => {
    const { ports } = await redisCluster();
    const urls = ports.map((port) => `redis://127.0.0.1:${port}`).join(',');
    const limits = { RATE_LIMIT_PER_ADDRESS: '2', TRUST_PROXY: '1' };
    const [first, second] = [await backendWith(urls, limits), await backendWith(urls, limits)];
    // Of so many addresses each node keeps some.
    for (let i = 0; i < 20; i++) {
      const sent = { headers: { 'X-Forwarded-For': `203.0.113.${i}` } };
      for (const [{ call }, status] of [
        [first, 200],
        [second, 200],
        [first, 429],
      ] as const) {
        expect((await call(READ, sent)).status).toBe(status);
      }
    }
    expect(warnings(first)).toEqual([]);
  });
});

describe.skipIf(!isRedisHere())('while Redis is unavailable', () => {
  /** What happens to it, and how it comes back. */
  const FATES: [string, (redis: RedisServer) => unknown, (redis: RedisServer) => unknown][] = [
    ['killed', (redis) => redis.kill(), (redis) => redis.start()],
    ['frozen', (redis) => redis.freeze(), (redis) => redis.thaw()],
  ];

  it.each(FATES)('%s, each instance counts locally and logs one warning', async (_fate, goAway, comeBack) => {
    const redis = await redisServer();
    const backend = await backendWith(redis.url, { RATE_LIMIT_PER_ADDRESS: '3' });
    expect(await remaining(backend)).toBe('2');

    await goAway(redis);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await statusOf(backend));
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(warnings(backend)).toEqual([AWAY]);

    await comeBack(redis);
    const isCounted = async () => [await statusOf(backend), ...warnings(backend)];
    await expect.poll(isCounted, { interval: 100 }).toEqual([expect.any(Number), AWAY, BACK]);
  });

  it.each(FATES)('%s, guessing of keys is still limited', async (_fate, goAway) => {
    const redis = await redisServer();
    const { as } = await backendWith(redis.url, { RATE_LIMIT_PER_ADDRESS: '20' });
    await goAway(redis);
    const statuses: number[] = [];
    for (let i = 0; i < 25; i++) statuses.push((await as(`guess-${i}`, 'POST /tokens/mint', MINT)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  });

  it('and the clock is set back by an hour, requests are counted across instances once it is back', async () => {
    const redis = await redisServer();
    const backend = await backendWith(redis.url, { RATE_LIMIT_WITHOUT_REDIS: 'closed' });
    await redis.kill();
    expect(await statusOf(backend)).toBe(503);
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: now - 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    await redis.start();
    await vi.waitFor(async () => expect(await statusOf(backend)).toBe(200), { timeout: 60_000, interval: 100 });
  });

  it.each(FATES)('%s, requests are refused if the limits are closed', async (_fate, goAway, comeBack) => {
    const redis = await redisServer();
    const backend = await backendWith(redis.url, { RATE_LIMIT_WITHOUT_REDIS: 'closed' });
    expect(await statusOf(backend)).toBe(200);

    await goAway(redis);
    const answers = [await backend.call(READ), await backend.admin('POST /tokens/mint', MINT)];
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(body).toEqual({
        success: false,
        error: 'The rate limit cannot be checked right now. Try again later.',
        code: 'LIMITS_UNAVAILABLE',
        requestId: expect.any(String),
      });
    }
    expect(backend.seen.filter(({ method }) => method === 'POST')).toEqual([]);

    await comeBack(redis);
    await expect.poll(() => statusOf(backend)).toBe(200);
    expect(warnings(backend)).toEqual([REFUSING, BACK]);
  });

  it('from the start, each instance counts locally until it connects', async () => {
    const redis = await redisServer();
    await redis.kill();
    const backend = await backendWith(redis.url);
    expect(await remaining(backend)).toBe('9999');
    expect(await remaining(backend)).toBe('9998');

    await redis.start();
    const hasWarned = async () => (await statusOf(backend)) === 200 && warnings(backend).includes(BACK);
    await expect.poll(hasWarned).toBe(true);
    expect(await countsIn(redis)).toHaveLength(1);
  });
});

describe.skipIf(!isRedisHere())('after a failover', () => {
  it.each(['open', 'closed'])('requests are counted by the new primary if limits are %s', async (mode) => {
    const [first, second] = [await redisServer(), await redisServer()];
    await second.ask('REPLICAOF', '127.0.0.1', String(first.port));
    const endpoint = await switchedAddress(first.port);
    const backend = await backendWith(endpoint.url, { RATE_LIMIT_WITHOUT_REDIS: mode });
    expect(await statusOf(backend)).toBe(200);

    await second.ask('REPLICAOF', 'NO', 'ONE');
    await first.ask('REPLICAOF', '127.0.0.1', String(second.port));
    endpoint.leadTo(second.port);
    await second.ask('FLUSHALL');
    const isCounted = async () => `${await statusOf(backend)} ${(await countsIn(second)).length}`;
    await expect.poll(isCounted, { interval: 100 }).toBe('200 1');
    expect(warnings(backend).at(-1)).toBe(BACK);
  });
});

describe.skipIf(!isRedisHere())('one node of a cluster as REDIS_URL', () => {
  const NAMED = 'REDIS_URL names one node of a cluster: name several nodes, or the same one twice';

  it('is refused at the start', async () => {
    const { ports } = await redisCluster();
    await expect(backendWith(`redis://127.0.0.1:${ports[0]}`)).rejects.toThrow(NAMED);
  });

  it('is logged once if it is detected later', async () => {
    const { ports } = await redisCluster();
    const config = readConfig({ REDIS_URL: `redis://127.0.0.1:${ports[0]}`, AUTH_API_KEY: ADMIN_KEY });
    const logger = { warn: vi.fn() };
    const limits = openLimits(config, logger);
    onTestFinished(() => limits.close());
    await limits.ready().catch(() => {});
    const app = express().set('trust proxy', 1).use(limits.perAddress);
    const { port } = await listening(createServer(app), () => {});
    const messages = () => logger.warn.mock.calls.map(([, message]) => message);
    // Of so many addresses other nodes keep some.
    for (let i = 0; i < 50; i++) {
      await fetch(`http://127.0.0.1:${port}`, { headers: { 'X-Forwarded-For': `203.0.113.${i}` } });
    }
    const named = messages().filter((message) => message === `${NAMED}: each instance counts requests alone`);
    expect(named).toHaveLength(1);
  });

  it('works for all instances if it is given twice', async () => {
    const { ports } = await redisCluster();
    const url = `redis://127.0.0.1:${ports[0]}`;
    const [first, second] = [await backendWith(`${url},${url}`), await backendWith(`${url},${url}`)];
    const step = async () => Number(await remaining(first)) - Number(await remaining(second));
    await expect.poll(step, { interval: 100 }).toBe(1);
  });
});
