import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { isRedisHere } from '../../../test/helpers/redis.js';
import { scaled } from '../../../test/helpers/scale.js';
import { longRunningRedis } from './helpers/long-running-redis.js';
import { type Served, serve, urlOf } from './helpers/served.js';

const ADMIN_KEY = 'admin-key-of-both-instances';
/** Milliseconds: longer than any write takes, however slow the machine; and a short one, whose locks last a sixth of it. */
const WINDOW = 120_000;
const SHORT_WINDOW = 9_000;
const WRITES = scaled(30);
const APART = 50;
const NO_LIMIT = '1000000000';

/** What an instance said of a write. */
interface Word {
  readonly status: number;
  readonly transactionId: string | undefined;
}

/** Two processes of the backend that share Redis, on a ledger that knows no idempotency keys. */
async function twoProcesses(uncertaintyWindow: number) {
  const redis = await longRunningRedis();
  const sandbox = createSandbox({ idempotency: 'none', blockTime: 50 });
  onTestFinished(() => sandbox.close());
  const { url } = await sandbox.listen();
  const spydra = testClient({ ...sandbox.connection(), baseUrl: `${url}/v2`, fetch: globalThis.fetch });
  const asset = {
    name: 'A',
    symbol: 'A',
    description: 'A',
    assetType: 'art',
    totalValue: 1,
    creatorWallet: 'treasury',
  };
  const { assetId } = await spydra.assets.create({ ...asset, totalSupply: 1_000_000n });
  await spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 1_000_000n });

  const instances = await Promise.all(
    [1, 2].map(async () => {
      const served = serve({
        PORT: '0',
        AUTH_API_KEY: ADMIN_KEY,
        REDIS_URL: redis.url,
        UNCERTAINTY_WINDOW: String(uncertaintyWindow),
        SPYDRA_API_KEY: 'sandbox-key',
        SPYDRA_BASE_URL: `${url}/v2`,
        SPYDRA_PROJECT_ID: 'sandbox-project',
        SPYDRA_NETWORK_ID: 'sandbox-network',
        SPYDRA_APP_ID: 'sandbox-app',
        SPYDRA_ASSET_SCHEMA_ID: 'sandbox-schema',
        RATE_LIMIT_PER_ADDRESS: NO_LIMIT,
        RATE_LIMIT_PER_KEY: NO_LIMIT,
        LOG_LEVEL: 'error',
      });
      return { served, send: sender(await urlOf(served), assetId) };
    }),
  );
  const applied = async () => {
    const ids = new Map<string, string[]>();
    for await (const { transactionId, metadata } of spydra.transactions.list({ assetId, type: 'transfer' })) {
      const key = String(metadata?.idempotencyKey);
      ids.set(key, [...(ids.get(key) ?? []), transactionId]);
    }
    return ids;
  };
  return { instances, applied };
}

function sender(url: string, assetId: string) {
  return async (key: string): Promise<Word> => {
    const response = await fetch(`${url}/tokens/transfer`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': ADMIN_KEY, 'Idempotency-Key': key },
      body: JSON.stringify({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1 }),
    });
    const { data } = (await response.json()) as { data?: { transactionId: string } };
    return { status: response.status, transactionId: data?.transactionId };
  };
}

type Instance = { readonly served: Served; readonly send: (key: string) => Promise<Word> };

/** Sends each key to both instances, the second time a moment later. */
function sendToBoth([first, second]: readonly Instance[], keys: readonly string[], concurrency: number) {
  if (!first || !second) throw new Error('There are no two instances.');
  const send = async (key: string, index: number) => {
    const [sooner, later] = index % 2 === 0 ? [first, second] : [second, first];
    const delayed = sleep(Math.random() * APART).then(() => later.send(key));
    return { key, words: await Promise.all([sooner.send(key), delayed]) };
  };
  return pMap(keys, send, { concurrency });
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `order-${index}`);
const done = (words: readonly Word[]) => new Set(words.flatMap(({ transactionId }) => transactionId ?? []));

describe.skipIf(!isRedisHere())('two processes on a ledger without idempotency keys', () => {
  it('apply each write once if it is sent to both within 50 ms', async () => {
    const { instances, applied } = await twoProcesses(WINDOW);
    const sent = await sendToBoth(instances, named(WRITES), 10);
    const ids = await applied();
    expect([...ids.values()].filter((each) => each.length !== 1)).toEqual([]);
    expect(ids.size).toBe(WRITES);
    for (const { key, words } of sent) {
      expect(words.map(({ status }) => status)).toEqual([200, 200]);
      expect([...done(words)]).toEqual(ids.get(key));
    }
  });

  it('report no write as done twice if one of them is paused for longer than its locks last', async () => {
    const { instances, applied } = await twoProcesses(SHORT_WINDOW);
    const [frozen, other] = instances;
    const sending = sendToBoth(instances, named(2 * WRITES), 20);
    await expect.poll(async () => (await applied()).size, { interval: 20 }).toBeGreaterThan(20);
    frozen?.served.child.kill('SIGSTOP');
    const inFlight = named(20).map((_, index) => `frozen-${index}`);
    const sendingMore = sendToBoth(instances, inFlight, 20);
    // Its locks end, then the window in which what it has sent may arrive.
    await sleep((SHORT_WINDOW * 4) / 3);
    frozen?.served.child.kill('SIGCONT');
    const sent = [...(await sending), ...(await sendingMore)];

    const ids = await applied();
    for (const { key, words } of sent) {
      const transactions = ids.get(key) ?? [];
      expect(done(words).size).toBeLessThanOrEqual(1);
      for (const id of done(words)) expect(transactions).toContain(id);
      const unknown = words.filter(({ status }) => status === 504);
      expect(unknown.length).toBeGreaterThanOrEqual(transactions.length - 1);
    }
    // What was left unknown is found, or written now.
    await pMap(sent, async ({ key }) => expect.poll(async () => (await other?.send(key))?.status).toBe(200), {
      concurrency: 10,
    });
  });
});
