import { OutcomeUnknownError, SpydraClient, SpydraError } from 'spydra-sdk';
import { FLAT } from '../helpers/flat.js';

/*
 * A process that only the client keeps alive: begins 100 writes, closes the client during them,
 * and prints how they ended and which resources are left.
 */

const [baseUrl = '', assetId = ''] = process.argv.slice(2);
const ACCEPTED = 51;
let accepted = 0;
let areAccepted = () => {};
const enough = new Promise<void>((resolve) => {
  areAccepted = resolve;
});

/** Requests whose response was not read yet, beside polls for a commit: on a slow machine one follows the other. */
let inFlight = 0;
const countedFetch: typeof fetch = async (input, init) => {
  if (/\/transactions\/[^/?]+$/.test(String(input))) return fetch(input, init);
  inFlight++;
  try {
    const response = await fetch(input, init);
    return new Response(await response.text(), response);
  } finally {
    inFlight--;
  }
};

const spydra = new SpydraClient({
  baseUrl,
  fetch: countedFetch,
  apiKey: 'sandbox-key',
  projectId: 'sandbox-project',
  networkId: 'sandbox-network',
  appId: 'sandbox-app',
  assetSchemaId: 'sandbox-schema',
  writeLocks: 'always',
  // However slow the machine is.
  timeout: 300_000,
  deadline: Number.POSITIVE_INFINITY,
});
const onResponse = () => {
  if (++accepted === ACCEPTED) areAccepted();
};

// Half of them wait for their commit; the others change one supply: one waits for its commit, the rest for its lock.
const writes = Array.from({ length: 100 }, (_, n) => {
  const options = { onResponse, ...(n % 4 < 2 ? { idempotencyKey: `key-${n}` } : {}) };
  return n % 2 === 0
    ? spydra.assets.create(FLAT, options)
    : spydra.tokens.mint({ assetId, recipientWallet: `wallet-${n}`, amount: 1 }, options);
});
const settled = Promise.allSettled(writes);
await enough;
// The last of them waits for its commit, and no search for an earlier write under a key is on its way.
do await new Promise((resolve) => setImmediate(resolve));
while (inFlight > 0);
await spydra.close();

const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
const words = (await settled).map((result) => {
  if (result.status === 'fulfilled') return 'done';
  const { reason } = result;
  if (reason instanceof OutcomeUnknownError) return `unknown at ${reason.stage}`;
  return reason instanceof SpydraError ? reason.outcome : 'no word of ours';
});
const count = (word: string) => words.filter((one) => one === word).length;
const counts = Object.fromEntries([...new Set(words)].map((word) => [word, count(word)]));
process.stdout.write(JSON.stringify({ timers, counts }));
