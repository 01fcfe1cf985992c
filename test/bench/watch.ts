import { setTimeout as sleep } from 'node:timers/promises';
import { commitState, SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { FLAT } from '../helpers/flat.js';
import { median, printTable, quantile } from './table.js';

/*
 * How long after a commit a program learns of it, and what that costs: a watch beside a poller that reads the newest
 * transactions every 2 s, as most would write by hand. Both run at the same time, over HTTP, on blocks of 2 s.
 */

const BLOCK_TIME = 2_000;
/** Milliseconds between writes, at random up to this: the last part has none. */
const PAUSES = { 'a write every 0.5 s': 1_000, 'a write every 5 s': 10_000 };
const SECONDS = Number(process.argv[2] ?? 60);

await using sandbox = createSandbox({ blockTime: BLOCK_TIME });
const { url } = await sandbox.listen();
const committed = new Map<string, number>();
sandbox.onEvent(({ transactionId }) => committed.set(transactionId, performance.now()));

/** A client over HTTP whose requests and received bytes are counted. */
function counting() {
  const count = { requests: 0, bytes: 0 };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    count.requests++;
    const response = await globalThis.fetch(input, init);
    const body = await response.arrayBuffer();
    count.bytes += body.byteLength;
    return new Response(body, response);
  };
  return { count, spydra: new SpydraClient({ ...sandbox.connection(), baseUrl: `${url}/v2`, fetch }) };
}

const writer = new SpydraClient({ ...sandbox.connection(), baseUrl: `${url}/v2`, fetch: globalThis.fetch });
const { assetId } = await writer.assets.create(FLAT);

/** Writes for some time at random intervals, and measures both readers meanwhile. */
async function measure(load: string, pause: number) {
  const stop = new AbortController();
  const readers = [
    { name: 'spydra-sdk, watch', ...counting(), heard: new Map<string, number>() },
    { name: 'by hand, every 2 s', ...counting(), heard: new Map<string, number>() },
  ] as const;
  const [watch, poller] = readers;
  const watching = (async () => {
    for await (const { record } of watch.spydra.transactions.watch({ signal: stop.signal })) {
      watch.heard.set(record.transactionId, performance.now());
    }
  })().catch(() => {});
  const polling = (async () => {
    while (!stop.signal.aborted) {
      for (const record of (await poller.spydra.transactions.list({ limit: 100 })).items) {
        if (commitState(record) !== 'committed' || poller.heard.has(record.transactionId)) continue;
        poller.heard.set(record.transactionId, performance.now());
      }
      await sleep(2_000, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  await sleep(3_000);
  const written: string[] = [];
  for (const until = performance.now() + SECONDS * 1_000; performance.now() < until; ) {
    const mint = { assetId, recipientWallet: 'alice', amount: 1 };
    written.push((await writer.tokens.mint(mint, { confirm: false })).transactionId);
    await sleep(Math.random() * pause);
  }
  await sleep(2 * BLOCK_TIME + 1_000);
  stop.abort();
  await Promise.all([watching, polling]);
  return readers.map(({ name, count, heard, spydra }) => {
    void spydra.close();
    const late = written.map((id) => (heard.get(id) ?? Number.NaN) - (committed.get(id) ?? Number.NaN));
    return {
      reader: name,
      load,
      writes: written.length,
      missed: late.filter(Number.isNaN).length,
      'median delay (ms)': median(late).toFixed(0),
      '95th percentile (ms)': quantile(late, 0.95).toFixed(0),
      'requests per s': (count.requests / (SECONDS + 8)).toFixed(1),
      'kB per s': (count.bytes / 1_000 / (SECONDS + 8)).toFixed(1),
    };
  });
}

const rows = [];
for (const [load, pause] of Object.entries(PAUSES)) rows.push(...(await measure(load, pause)));
await writer.close();
printTable(`How long after its commit a transaction is heard of, over HTTP, blocks of ${BLOCK_TIME} ms`, rows);
