import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { withResolvers } from '../../src/core/with-resolvers.js';
import { FLAT } from '../helpers/flat.js';
import { answersTask, inChild } from './child.js';
import { printTable } from './table.js';

/*
 * What is on the heap of a process after a garbage collection: for a client that does nothing, for each of 1,000 calls
 * that wait for a response, and after each tenth of a million cached reads, beside bentocache. `--short`: of 100,000.
 */

const READS = process.argv.includes('--short') ? 100_000 : 1_000_000;
const CLIENTS = 100;
const CALLS = 1_000;
const ASSETS = 1_000;
const TENTHS = 10;

type Task = { readonly kind: 'idle' | 'waiting' | 'spydra' | 'bentocache'; readonly reads: number };

/** Bytes on the heap that are in use. */
async function heap(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    global.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const sandbox = createSandbox();

async function bytesOfIdleClients(): Promise<number[]> {
  const make = () => new SpydraClient({ ...sandbox.connection(), cache: true });
  // What the first one loads does not count.
  const first = make();
  const before = await heap();
  const clients = Array.from({ length: CLIENTS }, make);
  const bytes = ((await heap()) - before) / CLIENTS;
  for (const client of [first, ...clients]) await client.close();
  return [bytes];
}

async function bytesOfWaitingCalls(): Promise<number[]> {
  const { promise, resolve } = withResolvers<void>();
  const fetch: typeof globalThis.fetch = (input, init) => promise.then(() => sandbox.fetch(input, init));
  const spydra = new SpydraClient({ ...sandbox.connection(), fetch, cache: true });
  const before = await heap();
  const calls = Array.from({ length: CALLS }, (_, n) => spydra.assets.get(`asset-${n}`));
  const bytes = ((await heap()) - before) / CALLS;
  resolve();
  await Promise.allSettled(calls.splice(0));
  const left = ((await heap()) - before) / CALLS;
  await spydra.close();
  return [bytes, left];
}

/** Bytes more than at the first tenth, at each of them. */
async function growthWith(read: (assetId: string) => Promise<unknown>, assetIds: readonly string[], reads: number) {
  const found: number[] = [];
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    for (let n = 0; n < reads / TENTHS; n += ASSETS) await Promise.all(assetIds.map(read));
    found.push(await heap());
  }
  return found.map((bytes) => bytes - (found[0] ?? 0));
}

async function growthOf(kind: 'spydra' | 'bentocache', reads: number): Promise<number[]> {
  const spydra = new SpydraClient({ ...sandbox.connection(), cache: kind === 'spydra' });
  const assetIds: string[] = [];
  for (let n = 0; n < ASSETS; n++) assetIds.push((await spydra.assets.create({ ...FLAT, symbol: `S${n}` })).assetId);
  const store = bentostore().useL1Layer(memoryDriver({ serialize: false }));
  const bento = new BentoCache({ default: 'assets', ttl: 300_000, stores: { assets: store } });
  const byKind = {
    spydra: (assetId: string) => spydra.assets.get(assetId),
    bentocache: (key: string) => bento.getOrSet({ key, factory: () => spydra.assets.get(key) }),
  };
  const growth = await growthWith(byKind[kind], assetIds, reads);
  await bento.disconnectAll();
  await spydra.close();
  return growth;
}

const isChild = answersTask(async ({ kind, reads }: Task) => {
  const found =
    kind === 'idle'
      ? await bytesOfIdleClients()
      : kind === 'waiting'
        ? await bytesOfWaitingCalls()
        : await growthOf(kind, reads);
  await sandbox.close();
  return found;
});

if (!isChild) {
  await sandbox.close();
  const ask = (kind: Task['kind']) => inChild<number[]>(import.meta.url, { kind, reads: READS });
  const kilobytes = (bytes = Number.NaN) => (bytes / 1_000).toFixed(1);
  const [idle] = await ask('idle');
  const [waiting, left] = await ask('waiting');
  printTable('On the heap', [
    { what: 'an idle client with a cache', kB: kilobytes(idle) },
    { what: `each of ${CALLS} calls that wait for a response`, kB: kilobytes(waiting) },
    { what: 'what is left of each after it', kB: kilobytes(left) },
  ]);
  const rows = [];
  for (const kind of ['spydra', 'bentocache'] as const) {
    const growth = await ask(kind);
    const most = Math.max(...growth);
    rows.push({ cache: kind, 'kB more at the end': kilobytes(growth.at(-1)), 'at most': kilobytes(most) });
  }
  printTable(`After ${READS} cached reads of ${ASSETS} assets, compared with after a tenth of them`, rows);
}
