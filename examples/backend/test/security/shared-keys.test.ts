import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { platformClient } from '../../../../test/helpers/platform.js';
import { isRedisHere, redisCluster } from '../../../../test/helpers/redis.js';
import { connected, connectRedis } from '../../redis.js';
import { KeyLocks } from '../../writes/key-locks.js';
import { longRunning } from '../helpers/long-running-redis.js';
import { firstWrite, lost, twoInstances, unknown, WINDOW } from '../helpers/two-instances.js';

const LONG = { timeout: 60_000, interval: 100 };

const transactionIn = (answer: { body: unknown }) => (answer.body as { data: { transactionId: string } }).data;

describe.skipIf(!isRedisHere())('one idempotency key at two instances', () => {
  it('is used by one at a time, and the second finds the write of the first', async () => {
    const { sandbox, instance, transfers } = await twoInstances();
    let goOn = () => {};
    let isSent = false;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const fetch = firstWrite(sandbox.connection().fetch, async (send) => {
      isSent = true;
      await held;
      return send();
    });
    const [first, second] = [await instance({ fetch }), await instance()];
    const begun = first.transfer('order-1');
    await expect.poll(() => isSent, LONG).toBe(true);
    const waiting = second.transfer('order-1');
    // Longer than a lock that is not renewed, and than the window.
    await sleep(WINDOW + WINDOW / 2);
    expect(await transfers()).toBe(0);
    goOn();
    const { status, body } = await begun;
    expect(status).toBe(200);
    expect(transactionIn(await waiting).transactionId).toBe(transactionIn({ body }).transactionId);
    expect(await transfers()).toBe(1);
  });

  it('is refused by the second while a write of the first may still be applied', async () => {
    const { sandbox, instance, transfers } = await twoInstances({ REQUEST_TIMEOUT: '2500' });
    let deliver = async () => {};
    const { fetch: through } = sandbox.connection();
    const fetch = firstWrite(through, (send) => {
      deliver = async () => void (await send());
      return lost();
    });
    const [first, second] = [await instance({ fetch }), await instance()];
    expect(await first.transfer('order-1')).toMatchObject(unknown('order-1'));
    const answer = await second.transfer('order-1');
    expect(answer).toMatchObject(unknown('order-1'));
    expect(answer.headers.get('Retry-After')).toBe('2');
    expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
    expect(await transfers()).toBe(0);

    await deliver();
    expect((await second.transfer('order-1')).status).toBe(200);
    expect(await transfers()).toBe(1);
  });

  it('is not written under by the second that has found the write, where another replica does not list it yet', async () => {
    const { sandbox, instance, transfers } = await twoInstances();
    let hasFound = false;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const url = new URL(String(input));
      if (!url.pathname.endsWith('/transactions')) return sandbox.fetch(input, init);
      // The replica has no transaction of any asset yet.
      if (hasFound) url.searchParams.set('assetId', 'none');
      const response = await sandbox.fetch(url, init);
      hasFound ||= (await response.clone().text()).includes('order-1');
      return response;
    };
    const [first, second] = [await instance(), await instance({ fetch })];
    const { body } = await first.transfer('order-1');
    expect(transactionIn(await second.transfer('order-1')).transactionId).toBe(transactionIn({ body }).transactionId);
    expect(await transfers()).toBe(1);
  });

  it("is refused by the second while a write of the first to Spydra's platform may still be applied", async () => {
    const { sandbox, instance, transfers } = await twoInstances({ REQUEST_TIMEOUT: '1000' });
    let deliver = async () => {};
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!String(input).endsWith('/transact')) return sandbox.fetch(input, init);
      deliver = async () => void (await sandbox.fetch(input, init));
      return lost();
    };
    const onPlatform = (by: typeof fetch) => platformClient(sandbox, { fetch: by });
    const [first, second] = [await instance(onPlatform(fetch)), await instance(onPlatform(sandbox.fetch))];
    expect(await first.transfer('order-1')).toMatchObject(unknown('order-1'));
    expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
    expect(await transfers()).toBe(0);

    await deliver();
    expect((await second.transfer('order-1')).status).toBe(200);
    expect(await transfers()).toBe(1);
  });

  it('can be used again when no earlier request can be applied any more', async () => {
    const { sandbox, instance, transfers } = await twoInstances({ REQUEST_TIMEOUT: '1000' });
    const fetch = firstWrite(sandbox.connection().fetch, lost);
    const [first, second] = [await instance({ fetch }), await instance()];
    expect(await first.transfer('order-1')).toMatchObject(unknown('order-1'));
    const endedAt = performance.now();
    await expect.poll(async () => (await second.transfer('order-1')).status, LONG).toBe(200);
    expect(performance.now() - endedAt).toBeGreaterThan(WINDOW - 100);
    expect(await transfers()).toBe(1);
  });

  it('that was generated for a write is refused elsewhere while the write may still be applied', async () => {
    const { sandbox, instance, transfers } = await twoInstances({ REQUEST_TIMEOUT: '1000' });
    const fetch = firstWrite(sandbox.connection().fetch, lost);
    const [first, second] = [await instance({ fetch }), await instance()];
    const { idempotencyKey } = ((await first.transfer()).body as { details: { idempotencyKey: string } }).details;
    expect(await second.transfer(idempotencyKey)).toMatchObject(unknown(idempotencyKey));
    expect(await transfers()).toBe(0);
  });

  it('of an instance that died is refused for the window and free after it', async () => {
    const { redis, instance, transfers } = await twoInstances();
    const connection = new Redis(redis.url);
    onTestFinished(() => connection.disconnect());
    const lock = await new KeyLocks(connection, WINDOW).acquire('order-1', undefined);
    await lock.noteWriter();
    const { transfer } = await instance();
    const waiting = transfer('order-1');
    connection.disconnect();
    expect(await waiting).toMatchObject(unknown('order-1'));
    await expect.poll(() => lock.lost.aborted, LONG).toBe(true);
    await expect.poll(async () => (await transfer('order-1')).status, LONG).toBe(200);
    expect(await transfers()).toBe(1);
  });

  it('that stays in use until the time limit of a request makes the request write nothing', async () => {
    const { redis, sandbox, instance, transfers } = await twoInstances({ REQUEST_TIMEOUT: '1000' });
    const fetch = firstWrite(sandbox.connection().fetch, () => new Promise(() => {}));
    const [first, second] = [await instance({ fetch }), await instance()];
    const begun = first.transfer('order-1');
    await expect.poll(() => redis.ask('KEYS', 'spydra:write:*'), LONG).not.toBe('');
    const answer = await second.transfer('order-1');
    expect(answer).toMatchObject(unknown('order-1'));
    expect(answer.headers.get('Retry-After')).toBe('2');
    expect(await begun).toMatchObject(unknown('order-1'));
    expect(await transfers()).toBe(0);
  });

  it('whose lock was lost during the write has an unknown outcome, and is found when it is used again', async () => {
    const { redis, sandbox, instance, transfers } = await twoInstances();
    const fetch = firstWrite(sandbox.connection().fetch, async (send) => {
      const answer = await send();
      await redis.ask('FLUSHALL');
      return answer;
    });
    const { transfer } = await instance({ fetch });
    expect(await transfer('order-1')).toMatchObject(unknown('order-1'));
    expect((await transfer('order-1')).status).toBe(200);
    expect(await transfers()).toBe(1);
  });

  it('is not used twice if lists lag behind the first write', async () => {
    const { sandbox, instance, transfers } = await twoInstances();
    let isLagging = true;
    const { fetch: through } = sandbox.connection();
    const fetch: typeof globalThis.fetch = (input, init) => {
      const isList = new URL(String(input)).pathname.endsWith('/transactions');
      if (!isList || !isLagging) return through(input, init);
      return Promise.resolve(Response.json({ transactions: [], total: 0 }));
    };
    const [first, second] = [await instance(), await instance({ fetch })];
    expect((await first.transfer('order-1')).status).toBe(200);
    expect(await second.transfer('order-1')).toMatchObject(unknown('order-1'));
    isLagging = false;
    expect((await second.transfer('order-1')).status).toBe(200);
    expect(await transfers()).toBe(1);
  });

  it('is free for a corrected write after a refused one', async () => {
    const { redis, assetId, instance, transfers } = await twoInstances();
    const [first, second] = [await instance(), await instance()];
    const body = { assetId, fromWallet: 'nobody', toWallet: 'alice', amount: 1 };
    const refused = await first.admin('POST /tokens/transfer', { body, headers: { 'Idempotency-Key': 'order-1' } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE' } });
    expect(await redis.ask('KEYS', 'spydra:write:*')).toBe('');
    expect((await second.transfer('order-1')).status).toBe(200);
    expect(await transfers()).toBe(1);
  });
});

/**
 * A connection that was ready at the first attempt: it asks a random node whether the cluster is well. When a node of
 * an attempt that has failed ends at last, ioredis forgets the node of the same address, which belongs to the next one.
 */
async function readyAtOnce(connect: () => Redis | Cluster): Promise<Cluster> {
  for (;;) {
    const connection = connect();
    onTestFinished(() => connection.disconnect());
    const isReady = await new Promise<boolean>((resolve) => {
      connection.once('ready', () => resolve(true)).once('reconnecting', () => resolve(false));
    });
    if (isReady) return connection as Cluster;
    connection.disconnect();
  }
}

describe.skipIf(!isRedisHere())('a connection to a Redis cluster', () => {
  it('is ready when all nodes are connected', async () => {
    const { ports, servers } = await redisCluster();
    const [awake, , frozen] = servers;
    frozen?.freeze();
    const connection = await readyAtOnce(() => connectRedis(ports.map((port) => `redis://127.0.0.1:${port}`)));
    const statuses = () => new Map(connection.nodes().map(({ options, status }) => [options.port, status]));
    expect([...statuses().keys()].toSorted()).toEqual(ports.toSorted());
    expect(statuses().get(frozen?.port)).not.toBe('ready');

    let isOver = false;
    const whole = connected(connection, LONG.timeout).then(() => {
      isOver = true;
    });
    await awake?.ask('PING');
    expect(isOver).toBe(false);
    frozen?.thaw();
    await whole;
    expect([...statuses()].toSorted()).toEqual(ports.toSorted().map((port) => [port, 'ready']));
  });
});

describe.skipIf(!isRedisHere())('a lock on an idempotency key in a Redis cluster', () => {
  it('is held by one process at a time on every node', async () => {
    const { ports } = await redisCluster();
    const connection = connectRedis(ports.map((port) => `redis://127.0.0.1:${port}`));
    onTestFinished(() => connection.disconnect());
    await connected(connection);
    await longRunning((...command) => connection.call(...command));
    const [first, second] = [new KeyLocks(connection, WINDOW), new KeyLocks(connection, WINDOW)];
    for (let i = 0; i < 10; i++) {
      const lock = await first.acquire(`order-${i}`, undefined);
      await expect(second.acquire(`order-${i}`, AbortSignal.timeout(100))).rejects.toThrow();
      expect(lock.isUsedElsewhere).toBe(false);
      await lock.noteWriter();
      expect(await lock.release('used')).toBe(true);
      const next = await second.acquire(`order-${i}`, undefined);
      expect(next.isUsedElsewhere).toBe(true);
      expect(await next.release('unused')).toBe(true);
      expect((await first.acquire(`order-${i}`, undefined)).isUsedElsewhere).toBe(false);
    }
  });
});

describe.skipIf(!isRedisHere())('while Redis is unavailable, a write', () => {
  it('with a key is refused, and one without is applied', async () => {
    const { redis, instance, transfers } = await twoInstances();
    const { transfer } = await instance();
    await redis.kill();
    const answer = await transfer('order-1');
    expect(answer).toMatchObject({ status: 503, body: { code: 'KEYS_UNAVAILABLE' } });
    expect(answer.headers.get('Retry-After')).toBe('2');
    expect(await transfers()).toBe(0);
    expect((await transfer()).status).toBe(200);
    await redis.start();
    await expect.poll(async () => (await transfer('order-1')).status, LONG).toBe(200);
    expect(await transfers()).toBe(2);
  });

  it('with a key is applied if WRITES_WITHOUT_REDIS is open', async () => {
    const { redis, instance, transfers } = await twoInstances({ WRITES_WITHOUT_REDIS: 'open' });
    const { transfer } = await instance();
    await redis.kill();
    expect((await transfer('order-1')).status).toBe(200);
    expect((await transfer('order-1')).status).toBe(200);
    expect(await transfers()).toBe(1);
  });
});
