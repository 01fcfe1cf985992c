import { describe, expect, it } from 'vitest';
import { ADMIN_KEY } from '../../helpers/adapter.js';
import { backendBefore, type Environment, refusingWrites, WRITES } from '../../helpers/backend.js';
import { isRedisHere, type RedisServer, redisCluster, redisServer } from '../../helpers/redis.js';
import { BY_SECRET, token } from '../../helpers/tokens.js';

const READ = 'GET /wallets/w1/transactions';
const MINT = { body: WRITES['POST /tokens/mint'] ?? {} };

type Backend = Awaited<ReturnType<typeof backendBefore>>;

function backendWith(REDIS_URL: string, environment: Environment = {}) {
  return backendBefore(refusingWrites, { REDIS_URL, ...environment });
}

const statusOf = async ({ call }: Backend) => (await call(READ)).status;
/** Undefined: the request was not counted. */
const remaining = async ({ call }: Backend) => /r=(\d+)/.exec((await call(READ)).headers.get('RateLimit') ?? '')?.[1];
const told = ({ logger }: Backend) => logger.warn.mock.calls.map(([, message]) => message);

const AWAY = 'Redis is away: requests are not counted';
const BACK = 'Redis is back: requests are counted again';

describe.skipIf(!isRedisHere())('limits in Redis', () => {
  it('count across instances, and across a restart of one', async () => {
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

  it('lose no request that comes at the same time as others', async () => {
    const { url } = await redisServer();
    const [first, second] = [await backendWith(url), await backendWith(url)];
    await Promise.all(Array.from({ length: 100 }, (_, i) => statusOf(i % 2 ? first : second)));
    expect(await remaining(first)).toBe(String(10_000 - 101));
  });

  it('hold neither keys nor tokens', async () => {
    const redis = await redisServer();
    const { admin, call } = await backendWith(redis.url, BY_SECRET);
    const jwt = await token();
    await admin('POST /tokens/mint', MINT);
    await call('POST /tokens/mint', { ...MINT, headers: { Authorization: `Bearer ${jwt}` } });
    const keys = await redis.ask('KEYS', '*');
    expect(keys.split('\n')).toHaveLength(3);
    expect(keys).not.toContain(ADMIN_KEY);
    expect(keys).not.toContain(jwt);
  });

  it('end by themselves', async () => {
    const redis = await redisServer();
    const { admin } = await backendWith(redis.url);
    await admin('POST /tokens/mint', MINT);
    const keys = (await redis.ask('KEYS', '*')).split('\n');
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
    expect(told(first)).toEqual([]);
  });
});

describe.skipIf(!isRedisHere())('while Redis is away', () => {
  /** What happens to it, and how it comes back. */
  const FATES: [string, (redis: RedisServer) => unknown, (redis: RedisServer) => unknown][] = [
    ['killed', (redis) => redis.kill(), (redis) => redis.start()],
    ['frozen', (redis) => redis.freeze(), (redis) => redis.thaw()],
  ];

  it.each(FATES)('%s, requests pass, and one warning tells of it', async (_fate, goAway, comeBack) => {
    const redis = await redisServer();
    const backend = await backendWith(redis.url, { RATE_LIMIT_PER_ADDRESS: '3', RATE_LIMIT_PER_KEY: '3' });
    expect(await remaining(backend)).toBe('2');

    await goAway(redis);
    for (let i = 0; i < 10; i++) {
      expect(await statusOf(backend)).toBe(200);
      expect((await backend.admin('POST /tokens/mint', MINT)).status).toBe(409);
    }
    expect(told(backend)).toEqual([AWAY]);

    await comeBack(redis);
    await expect.poll(() => statusOf(backend), { timeout: 20_000 }).toBe(429);
    expect(told(backend)).toEqual([AWAY, BACK]);
  });

  it.each(FATES)('%s, requests are refused where that is asked for', async (_fate, goAway, comeBack) => {
    const redis = await redisServer();
    const backend = await backendWith(redis.url, { RATE_LIMIT_WITHOUT_REDIS: 'closed' });
    expect(await statusOf(backend)).toBe(200);

    await goAway(redis);
    const answers = [await backend.call(READ), await backend.admin('POST /tokens/mint', MINT)];
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(body).toEqual({
        success: false,
        error: 'Requests cannot be counted right now. Try again later.',
        code: 'LIMITS_UNAVAILABLE',
        requestId: expect.any(String),
      });
    }
    expect(backend.seen.filter(({ method }) => method === 'POST')).toEqual([]);

    await comeBack(redis);
    await expect.poll(() => statusOf(backend), { timeout: 20_000 }).toBe(200);
    expect(told(backend)).toEqual([AWAY, BACK]);
  });

  it('from the start, requests pass, and are counted once it is there', async () => {
    const redis = await redisServer();
    await redis.kill();
    const backend = await backendWith(redis.url);
    expect(await statusOf(backend)).toBe(200);
    expect(await remaining(backend)).toBeUndefined();

    await redis.start();
    await expect.poll(() => remaining(backend), { timeout: 20_000 }).toBeDefined();
    expect(told(backend)).toEqual([AWAY, BACK]);
  });
});
