import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { onTestFinished } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { minted, sandboxed } from '../../../../test/helpers/sandbox.js';
import { backendOf, type Environment } from './backend.js';
import { longRunningRedis } from './long-running-redis.js';

/** Milliseconds; a lock that is not renewed ends after a sixth of it. */
export const WINDOW = 3_000;

/** Two instances that share Redis, on a ledger that ignores the header, and a transfer under a key for them. */
export async function twoInstances(environment: Environment = {}, flags: readonly string[] = []) {
  const redis = await longRunningRedis(flags);
  const { sandbox, spydra } = sandboxed({ idempotency: 'none' });
  const assetId = await minted(spydra, 1_000n);
  const settings = { REDIS_URL: redis.url, UNCERTAINTY_WINDOW: String(WINDOW), ...environment };
  const uncertaintyWindow = Number(settings.UNCERTAINTY_WINDOW);
  const instance = async (others: SpydraClientOptions | SpydraClient = {}) => {
    const options = { ...sandbox.connection(), uncertaintyWindow, retries: 0 };
    const client = others instanceof SpydraClient ? others : testClient({ ...options, ...others });
    onTestFinished(() => client.close());
    const { admin } = await backendOf(client, settings);
    const transfer = (key?: string) =>
      admin('POST /tokens/transfer', {
        body: { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1 },
        headers: key === undefined ? {} : { 'Idempotency-Key': key },
      });
    return { admin, transfer };
  };
  const transfers = async () => (await spydra.transactions.list({ assetId, type: 'transfer' })).items.length;
  return { redis, sandbox, assetId, instance, transfers };
}

/** A fetch whose first write meets this. */
export function firstWrite(
  fetch: typeof globalThis.fetch,
  meets: (send: () => Promise<Response>) => Promise<Response>,
) {
  let isFirst = true;
  const special: typeof globalThis.fetch = (input, init) => {
    const send = () => fetch(input, init);
    if (init?.method !== 'POST' || !isFirst) return send();
    isFirst = false;
    return meets(send);
  };
  return special;
}

export const lost = () =>
  Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } }));

export const unknown = (key: string) => ({
  status: 504,
  body: { code: 'OUTCOME_UNKNOWN', details: { idempotencyKey: key } },
});
