import { fullJitter, type RetryPolicy, retryBudget, SpydraClient } from 'spydra-sdk';
import { printTable } from './table.js';

/*
 * How many requests a server that answers 503 gets of 1,000 reads, and when reads succeed again after it is well.
 */

const READS = 1_000;
const CLIENTS = 4;
const POLICIES: readonly (readonly [string, () => RetryPolicy])[] = [
  ['full jitter, 3 repetitions', () => fullJitter()],
  ['the same with a budget', () => retryBudget()],
  ['full jitter, 10 repetitions', () => fullJitter({ limit: 10, cap: 500 })],
  ['the same with a budget', () => retryBudget({ policy: fullJitter({ limit: 10, cap: 500 }) })],
];

async function measure(policy: string, retries: RetryPolicy) {
  let isIll = true;
  let requests = 0;
  const fetch: typeof globalThis.fetch = async () => {
    requests++;
    return isIll ? Response.json({}, { status: 503 }) : Response.json({ balances: [] });
  };
  const place = { apiKey: 'bench-key', projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
  const clients = Array.from({ length: CLIENTS }, () => new SpydraClient({ ...place, fetch, retries }));
  const readAll = () =>
    Promise.allSettled(Array.from({ length: READS }, (_, n) => clients[n % CLIENTS]?.wallets.balance(`w${n}`)));

  await readAll();
  const ofIll = requests;
  isIll = false;
  const failed = (await readAll()).filter(({ status }) => status === 'rejected').length;
  await Promise.all(clients.map((client) => client.close()));
  return {
    policy,
    'requests per read': (ofIll / READS).toFixed(2),
    'after recovery': ((requests - ofIll) / READS).toFixed(2),
    'failed after recovery': failed,
  };
}

const rows = await Promise.all(POLICIES.map(([name, make]) => measure(name, make())));
printTable(`${READS} reads of ${CLIENTS} clients that share a policy, while the server answers 503 and after`, rows);
