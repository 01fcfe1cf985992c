import { setTimeout as sleep } from 'node:timers/promises';
import { commitState, SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { FLAT } from '../helpers/flat.js';
import { median, printTable, quantile } from './table.js';

/*
 * What it costs to hear of a thousand commits, and how long after each its caller hears of it: the SDK beside callers
 * who each ask for their own transaction every so often. Blocks take 2 s of real time.
 */

const WRITES = 1_000;
const BLOCK_TIME = 2_000;

/** Waits for one transaction as most do by hand. */
const naive = (interval: number) => async (spydra: SpydraClient, transactionId: string) => {
  for (;;) {
    await sleep(interval);
    if (commitState(await spydra.transactions.get(transactionId)) !== 'pending') return;
  }
};

type Waiting = (spydra: SpydraClient, transactionId: string) => Promise<void>;

/** Mints from that many callers at once, each of its own asset, so that none conflicts; undefined: the SDK waits. */
async function burst(
  spydra: SpydraClient,
  assetIds: readonly string[],
  waiting: Waiting | undefined,
  heard: Map<string, number>,
) {
  const one = async (assetId: string) => {
    const mint = { assetId, recipientWallet: 'wallet', amount: 1 };
    const { transactionId } = await spydra.tokens.mint(mint, { confirm: waiting === undefined });
    await waiting?.(spydra, transactionId);
    heard.set(transactionId, performance.now());
  };
  await Promise.all(assetIds.map(one));
}

async function measure(name: string, waiting?: Waiting) {
  await using sandbox = createSandbox({ blockTime: BLOCK_TIME, blockSize: 10 * WRITES });
  const committed = new Map<string, number>();
  sandbox.onEvent(({ transactionId }) => committed.set(transactionId, performance.now()));
  const { url } = await sandbox.listen();
  let questions = 0;
  const counting: typeof fetch = (input, init) => {
    if (init?.method === 'GET' && String(input).includes('/transactions')) questions++;
    return fetch(input, init);
  };
  const connection = { ...sandbox.connection(), baseUrl: `${url}/v2`, fetch: counting };
  await using spydra = new SpydraClient({ ...connection, timeout: 60_000 });
  await using other = new SpydraClient(connection);
  const assets = await Promise.all(Array.from({ length: WRITES }, () => other.assets.create(FLAT)));
  const assetIds = assets.map(({ assetId }) => assetId);
  const rows = [];
  for (const round of ['first', 'second']) {
    questions = 0;
    const blocks = sandbox.blocks.length;
    const heard = new Map<string, number>();
    await burst(spydra, assetIds, waiting, heard);
    const late = [...heard].map(([transactionId, at]) => at - (committed.get(transactionId) ?? Number.NaN));
    rows.push({
      waiting: name,
      burst: round,
      writes: heard.size,
      blocks: sandbox.blocks.length - blocks,
      'status requests': questions,
      'median delay (ms)': median(late).toFixed(0),
      '95th percentile (ms)': quantile(late, 0.95).toFixed(0),
    });
  }
  return rows;
}

const rows = [
  ...(await measure('spydra-sdk')),
  ...(await measure('by hand, each every 2 s', naive(2_000))),
  ...(await measure('by hand, each every 250 ms', naive(250))),
];
printTable(`${WRITES} writes waiting for their commit at once, over HTTP, blocks of ${BLOCK_TIME} ms`, rows);
