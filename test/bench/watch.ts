import { setTimeout as sleep } from 'node:timers/promises';
import { commitState, SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { configure } from '../fabric/configure.js';
import { assetOf } from '../fabric/interleavings.js';
import { startStandIn } from '../fabric/peer/network.js';
import { clientOn } from '../fabric/sdk.js';
import { FLAT } from '../helpers/flat.js';
import { isMissing } from '../helpers/programs.js';
import { median, printTable, quantile } from './table.js';

/*
 * How long after a commit a program learns of it, and what that costs: a watch beside a poller that reads the newest
 * transactions every 2 s, as most would write by hand. Both run at the same time, on blocks of 2 s: over HTTP on the
 * sandbox, and over gRPC on the stand-in for a peer.
 */

const BLOCK_TIME = 2_000;
/** Milliseconds between writes, at random up to this: the last part has none. */
const PAUSES = { 'a write every 0.5 s': 1_000, 'a write every 5 s': 10_000 };
const SECONDS = Number(process.argv[2] ?? 60);

/** A client, and what it has asked for and received, where that is known. */
interface Reader {
  readonly spydra: SpydraClient;
  readonly count?: { requests: number; bytes: number };
}

/** A ledger in this process, which knows when a transaction is committed. */
interface Ground {
  readonly title: string;
  readonly committed: ReadonlyMap<string, number>;
  /** What the poller lists. */
  readonly filter: { readonly assetId?: string };
  /** Submits a write that conflicts with no other one, and returns the id of its transaction. */
  write(): Promise<string>;
  reader(): Reader;
  close(): Promise<void>;
}

async function onSandbox(): Promise<Ground> {
  const sandbox = createSandbox({ blockTime: BLOCK_TIME });
  const { url } = await sandbox.listen();
  const committed = new Map<string, number>();
  sandbox.onEvent(({ transactionId }) => committed.set(transactionId, performance.now()));
  const clientWith = (fetch: typeof globalThis.fetch) =>
    new SpydraClient({ ...sandbox.connection(), baseUrl: `${url}/v2`, fetch });
  const writer = clientWith(globalThis.fetch);
  return {
    title: 'over HTTP',
    committed,
    filter: {},
    write: async () => (await writer.assets.create(FLAT, { confirm: false })).transactionId,
    reader() {
      const count = { requests: 0, bytes: 0 };
      const spydra = clientWith(async (input, init) => {
        count.requests++;
        const response = await globalThis.fetch(input, init);
        const body = await response.arrayBuffer();
        count.bytes += body.byteLength;
        return new Response(body, response);
      });
      return { spydra, count };
    },
    async close() {
      await writer.close();
      await sandbox.close();
    },
  };
}

async function onStandIn(): Promise<Ground> {
  const network = await startStandIn({ blocks: { blockTime: BLOCK_TIME } });
  await configure(network);
  const committed = new Map<string, number>();
  const { blocks } = network.standIn.channel;
  let next = blocks.height;
  blocks.onBlock(() => {
    const now = performance.now();
    for (const { transactions } of blocks.from(next)) for (const { txId } of transactions) committed.set(txId, now);
    next = blocks.height;
  });
  const writer = clientOn(network);
  const assetId = await assetOf({ one: writer, other: writer });
  const wallets = Array.from({ length: 4 * SECONDS * Object.keys(PAUSES).length }, (_, n) => `wallet-${n}`);
  await writer.tokens.mintMany(wallets.map((recipientWallet) => ({ assetId, recipientWallet, amount: 1n })));
  return {
    title: 'on Fabric (the stand-in)',
    committed,
    filter: { assetId },
    async write() {
      const transfer = { assetId, fromWallet: wallets.pop() ?? '', toWallet: 'shop', amount: 1n };
      return (await writer.tokens.transfer(transfer, { confirm: false })).transactionId;
    },
    reader: () => ({ spydra: clientOn(network, { member: 'otherClient' }) }),
    async close() {
      await writer.close();
      await network.close();
    },
  };
}

/** Writes for some time at random intervals, and measures both readers meanwhile. */
async function measure(ground: Ground, [load, pause]: readonly [string, number]) {
  const { committed, filter } = ground;
  const stop = new AbortController();
  const readers = [
    { name: 'spydra-sdk, watch', ...ground.reader(), heard: new Map<string, number>() },
    { name: 'by hand, every 2 s', ...ground.reader(), heard: new Map<string, number>() },
  ] as const;
  const [watch, poller] = readers;
  const watching = (async () => {
    for await (const { record } of watch.spydra.transactions.watch({ signal: stop.signal })) {
      watch.heard.set(record.transactionId, performance.now());
    }
  })().catch(() => {});
  const polling = (async () => {
    while (!stop.signal.aborted) {
      for (const record of (await poller.spydra.transactions.list({ ...filter, limit: 100 })).items) {
        if (commitState(record) !== 'committed' || poller.heard.has(record.transactionId)) continue;
        poller.heard.set(record.transactionId, performance.now());
      }
      await sleep(2_000, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  await sleep(3_000);
  const written: string[] = [];
  for (const until = performance.now() + SECONDS * 1_000; performance.now() < until; ) {
    written.push(await ground.write());
    await sleep(Math.random() * pause);
  }
  await sleep(2 * BLOCK_TIME + 1_000);
  stop.abort();
  await Promise.all([watching, polling]);
  return readers.map(({ name, count, heard, spydra }) => {
    void spydra.close();
    const late = written.map((id) => (heard.get(id) ?? Number.NaN) - (committed.get(id) ?? Number.NaN));
    const perSecond = (total: number) => (total / (SECONDS + 8)).toFixed(1);
    return {
      reader: name,
      load,
      writes: written.length,
      missed: late.filter(Number.isNaN).length,
      'median delay (ms)': median(late).toFixed(0),
      '95th percentile (ms)': quantile(late, 0.95).toFixed(0),
      '99th percentile (ms)': quantile(late, 0.99).toFixed(0),
      ...(count && {
        'requests per s': perSecond(count.requests),
        'kB per s': perSecond(count.bytes / 1_000),
      }),
    };
  });
}

for (const open of isMissing('openssl') ? [onSandbox] : [onSandbox, onStandIn]) {
  const ground = await open();
  const rows = [];
  for (const load of Object.entries(PAUSES)) rows.push(...(await measure(ground, load)));
  await ground.close();
  printTable(`How long after its commit a transaction is heard of, ${ground.title}, blocks of ${BLOCK_TIME} ms`, rows);
}
