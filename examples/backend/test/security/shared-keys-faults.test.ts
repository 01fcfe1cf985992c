import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRedisHere, redisCluster, redisServer } from '../../../../test/helpers/redis.js';
import { connected, connectRedis } from '../../redis.js';
import { KeyLocks } from '../../writes/key-locks.js';
import type { Environment } from '../helpers/backend.js';
import { firstWrite, lost, twoInstances, unknown } from '../helpers/two-instances.js';

/** Milliseconds. The locks end within the time of a request, and the window long after it. */
const WINDOW = 15_000;
const ENVIRONMENT = { UNCERTAINTY_WINDOW: String(WINDOW), REQUEST_TIMEOUT: '5000' };
const SHORT_WINDOW = 1_000;
const SHORT = { UNCERTAINTY_WINDOW: String(SHORT_WINDOW), REQUEST_TIMEOUT: '500' };
const LONG = { timeout: 60_000, interval: 100 };
const HOUR = 3_600_000;

const COMPOSE = new URL('../../deploy/compose.yaml', import.meta.url);

type Two = Awaited<ReturnType<typeof twoInstances>>;

/** Two instances, of which the first has sent a write whose outcome is unknown: it is applied when it is delivered. */
async function uncertainWrite(environment: Environment = ENVIRONMENT, flags: readonly string[] = []) {
  const two = await twoInstances(environment, flags);
  let deliver = async () => {};
  const fetch = firstWrite(two.sandbox.connection().fetch, (send) => {
    deliver = async () => void (await send());
    return lost();
  });
  const first = await two.instance({ fetch });
  expect(await first.transfer('order-1')).toMatchObject(unknown('order-1'));
  return { ...two, deliver: () => deliver() };
}

/** A fetch after whose first search for transactions something happens. */
function afterSearch({ sandbox }: Two, happens: () => Promise<void> | void): typeof globalThis.fetch {
  const { fetch } = sandbox.connection();
  let isOver = false;
  return async (input, init) => {
    const answer = await fetch(input, init);
    if (isOver || !new URL(String(input)).pathname.endsWith('/transactions')) return answer;
    isOver = true;
    await happens();
    return answer;
  };
}

const writersOf = ({ redis }: Two) => redis.ask('KEYS', 'spydra:write:*:writers');

/** Runs an action on each entry of Redis that matches. */
const toEach = ({ redis }: Two, pattern: string, action: string) =>
  redis.ask('EVAL', `for _, key in ipairs(redis.call('KEYS', '${pattern}')) do ${action} end`, '0');

describe.skipIf(!isRedisHere())(
  'a write that may still be applied is not made a second time by another instance',
  () => {
    it('if Redis acquired its lock but responded too late', async () => {
      const two = await uncertainWrite();
      const second = await two.instance();
      two.redis.freeze();
      expect(await second.transfer('order-1')).toMatchObject({ status: 503, body: { code: 'KEYS_UNAVAILABLE' } });
      two.redis.thaw();
      // The lock that was acquired ends first.
      await expect.poll(async () => (await second.transfer('order-1')).status, LONG).toBe(504);
      await expect.poll(() => two.redis.ask('KEYS', 'spydra:write:*:lock'), LONG).toBe('');
      expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
      await two.deliver();
      expect((await second.transfer('order-1')).status).toBe(200);
      expect(await two.transfers()).toBe(1);
    });

    it('if its lock could not be released after a search that found nothing', async () => {
      const two = await uncertainWrite();
      let isCut = false;
      const fetch = afterSearch(two, async () => {
        await two.redis.ask('CLIENT', 'KILL', 'TYPE', 'normal');
        isCut = true;
      });
      const second = await two.instance({ fetch });
      expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
      expect(isCut).toBe(true);
      await expect.poll(async () => (await second.transfer('order-1')).status, LONG).toBe(504);
      await expect.poll(() => two.redis.ask('KEYS', 'spydra:write:*:lock'), LONG).toBe('');
      expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
      await two.deliver();
      expect((await second.transfer('order-1')).status).toBe(200);
      expect(await two.transfers()).toBe(1);
    });

    it('after Redis has restarted without its data', async () => {
      const two = await uncertainWrite();
      const second = await two.instance();
      await two.redis.kill();
      await two.redis.start();
      await expect.poll(async () => (await second.transfer('order-1')).status, LONG).not.toBe(503);
      expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
      await two.deliver();
      expect((await second.transfer('order-1')).status).toBe(200);
      expect(await two.transfers()).toBe(1);
    });

    it('after Redis was emptied', async () => {
      const two = await uncertainWrite();
      const second = await two.instance();
      await two.redis.ask('FLUSHALL');
      expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
      await two.deliver();
      expect((await second.transfer('order-1')).status).toBe(200);
      expect(await two.transfers()).toBe(1);
    });

    it('if the Redis of compose.yaml is full', async () => {
      const policy = /--maxmemory-policy, ([a-z-]+)\]/.exec(readFileSync(COMPOSE, 'utf8'))?.[1] ?? '';
      const two = await uncertainWrite(ENVIRONMENT, ['--maxmemory', '4mb', '--maxmemory-policy', policy]);
      const second = await two.instance();
      // Redis evicts between commands.
      const fill = `for i = 1, 500 do redis.pcall('SET', KEYS[1] .. i, string.rep('x', 1000), 'PX', 60000) end`;
      for (let i = 0; i < 40; i++) await two.redis.ask('EVAL', fill, '1', `cache:${i}:`);
      expect(await writersOf(two)).not.toBe('');
      expect(await second.transfer('order-1')).toMatchObject({ status: 503, body: { code: 'KEYS_UNAVAILABLE' } });
      await toEach(two, 'cache:*', "redis.call('DEL', key)");
      expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
      await two.deliver();
      expect((await second.transfer('order-1')).status).toBe(200);
      expect(await two.transfers()).toBe(1);
    });
  },
);

describe.skipIf(!isRedisHere())('an idempotency key', () => {
  it('is free after the window if Redis is new', async () => {
    const two = await twoInstances(SHORT);
    await two.redis.ask('FLUSHALL');
    const { transfer } = await two.instance();
    expect(await transfer('order-1')).toMatchObject(unknown('order-1'));
    for (const key of ['order-1', 'order-2']) {
      await expect.poll(async () => (await transfer(key)).status, LONG).toBe(200);
    }
    expect(await two.transfers()).toBe(2);
  });

  it('is free after the window if the clock of Redis was set back by an hour', async () => {
    const two = await uncertainWrite(SHORT);
    const { transfer } = await two.instance();
    // Such are the entries then: as of an hour ahead.
    await toEach(
      two,
      'spydra:write:*:writers',
      `for _, writer in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, ${HOUR}, writer) end
      redis.call('PEXPIRE', key, ${HOUR})
      redis.call('SET', string.gsub(key, 'writers$', 'lock'), 'a token', 'PX', ${HOUR})`,
    );
    await toEach(two, 'spydra:memory:*', `redis.call('SET', key, redis.call('TIME')[1] * 1000 + ${HOUR})`);
    await expect.poll(async () => (await transfer('order-1')).status, LONG).toBe(200);
    expect(await two.transfers()).toBe(1);
  });

  it('is not used by a process that Redis could not record as a writer', async () => {
    const two = await twoInstances(ENVIRONMENT);
    const first = await two.instance();
    expect((await first.transfer('order-1')).status).toBe(200);
    let writes = 0;
    const through = afterSearch(two, () => two.redis.freeze());
    const fetch: typeof through = (input, init) => {
      if (init?.method === 'POST') writes++;
      return through(input, init);
    };
    const second = await two.instance({ fetch });
    expect(await second.transfer('order-1')).toMatchObject({ status: 503, body: { code: 'KEYS_UNAVAILABLE' } });
    two.redis.thaw();
    expect(writes).toBe(0);
  });

  it('whose lock is lost accepts no further writer, and keeps the recorded one', async () => {
    const redis = await redisServer();
    const connection = connectRedis([redis.url]);
    onTestFinished(() => connection.disconnect());
    await connected(connection);
    const [first, second, third] = [1, 2, 3].map(() => new KeyLocks(connection, WINDOW));
    const lock = await first?.acquire('order-1', undefined);
    const late = await second?.acquire('order-2', undefined);
    await lock?.noteWriter();
    await redis.ask('FLUSHALL');
    await expect(late?.noteWriter()).rejects.toThrow();
    await redis.ask('SET', 'spydra:memory:{0}', '1');
    expect(await lock?.release('used')).toBe(false);
    expect((await third?.acquire('order-1', undefined))?.isUsedElsewhere).toBe(true);
  });

  it('is uncertain if a node of the cluster has lost its data', async () => {
    const { ports } = await redisCluster();
    const connection = connectRedis(ports.map((port) => `redis://127.0.0.1:${port}`));
    onTestFinished(() => connection.disconnect());
    await connected(connection);
    const [first, second] = [new KeyLocks(connection, SHORT_WINDOW), new KeyLocks(connection, SHORT_WINDOW)];
    const isUncertain = async (key: string) => {
      const lock = await second.acquire(key, undefined);
      await lock.release('unused');
      return lock.isUsedElsewhere;
    };
    const keys = Array.from({ length: 10 }, (_, index) => `order-${index}`);
    for (const key of keys) await expect.poll(() => isUncertain(key), LONG).toBe(false);
    for (const key of keys) {
      const lock = await first.acquire(key, undefined);
      await lock.noteWriter();
      await lock.release('used');
      await connection.flushall();
      expect(await isUncertain(key)).toBe(true);
    }
  });
});
