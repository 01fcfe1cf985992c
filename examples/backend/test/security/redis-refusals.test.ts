import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isRedisHere, redisCluster, redisServer } from '../../../../test/helpers/redis.js';
import { connectRedis } from '../../redis.js';

const PASSWORD = 'password-of-redis';
const WRONG = 'wrong-password-of-redis';

/** What is logged of a connection; and the connection itself. */
function connection(urls: readonly string[]) {
  const warn = vi.fn<(fields: object, message: string) => void>();
  const redis = connectRedis(urls, { warn });
  onTestFinished(() => redis.disconnect());
  return { warn, redis };
}

describe.skipIf(!isRedisHere())('the log states why Redis refuses the connection, without secrets,', () => {
  it.each([
    ['a wrong password', `:${WRONG}@`, 'WRONGPASS'],
    ['a user whom it does not know', `somebody:${WRONG}@`, 'WRONGPASS'],
    ['no password', '', 'NOAUTH'],
  ])('for %s', async (_what, login, code) => {
    const server = await redisServer();
    await server.ask('CONFIG', 'SET', 'requirepass', PASSWORD);
    const { warn, redis } = connection([server.url.replace('//', `//${login}`)]);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled(), 20_000);
    const [fields, message] = warn.mock.calls[0] ?? [];
    expect(fields).toEqual({ code });
    expect(message).toContain(`Redis refuses the connection (${code})`);

    // Once, however often it tries again.
    const attempts = vi.fn();
    redis.on('reconnecting', attempts);
    await vi.waitFor(() => expect(attempts.mock.calls.length).toBeGreaterThan(2), 20_000);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warn.mock.calls)).not.toContain(WRONG);
  });

  it('for a password that was changed during the connection', async () => {
    const server = await redisServer();
    await server.ask('CONFIG', 'SET', 'requirepass', PASSWORD);
    const { warn, redis } = connection([server.url.replace('//', `//:${PASSWORD}@`)]);
    await vi.waitFor(() => expect(redis.status).toBe('ready'), 20_000);
    expect(warn).not.toHaveBeenCalled();
    await redis.config('SET', 'requirepass', 'another');
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'no').catch(() => {});
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1), 20_000);
    expect(warn.mock.calls[0]?.[0]).toEqual({ code: 'WRONGPASS' });
  });

  it('for an unknown database', async () => {
    const server = await redisServer();
    const { warn } = connection([`${server.url}/99`]);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled(), 20_000);
    expect(warn.mock.calls[0]?.[0]).toEqual({ code: 'ERR' });
  });

  it('for a cluster', async () => {
    const { ports } = await redisCluster();
    const urls = ports.map((port) => `redis://:${WRONG}@127.0.0.1:${port}`);
    const { redis } = connection(ports.map((port) => `redis://127.0.0.1:${port}`));
    await vi.waitFor(() => expect(redis.status).toBe('ready'), 20_000);
    if (!('nodes' in redis)) throw new Error('no cluster');
    for (const node of redis.nodes('master')) await node.config('SET', 'requirepass', PASSWORD);
    const { warn } = connection(urls);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled(), 20_000);
    expect(warn.mock.calls[0]?.[0]).toEqual({ code: 'WRONGPASS' });
    expect(JSON.stringify(warn.mock.calls)).not.toContain(WRONG);
  });

  it('and nothing if Redis cannot be reached', async () => {
    const server = await redisServer();
    await server.kill();
    const { warn, redis } = connection([server.url]);
    const attempts = vi.fn();
    redis.on('reconnecting', attempts);
    await vi.waitFor(() => expect(attempts.mock.calls.length).toBeGreaterThan(1), 20_000);
    expect(warn).not.toHaveBeenCalled();
  });
});
