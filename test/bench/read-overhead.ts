import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import ky from 'ky';
import { OpenAI } from 'openai';
import { SpydraClient } from 'spydra-sdk';
import { Pool } from 'undici';
import { poolFetch } from '../helpers/pool-fetch.js';
import { median, printTable } from './table.js';

/*
 * The time of a read beside other clients of HTTP: over a `fetch` that responds at once, and over loopback to a server in
 * a process of its own. Rounds are interleaved, so that what else the computer does hits all alike. With the names of
 * reads as arguments, only these.
 */

const ROUNDS = 40;
const READS = { stub: 500, loopback: 250 };
const ASSET = {
  assetId: 'asset-1',
  name: 'Flat',
  symbol: 'FL',
  description: 'A flat',
  assetType: 'real-estate',
  totalValue: 1_000_000,
  totalSupply: 1_000_000,
  pricePerToken: 1,
  status: 'published',
  metadata: { createdAt: '2026-01-01T00:00:00.000Z', creator: 'treasury' },
};
const BODY = JSON.stringify({ success: true, asset: ASSET });
const HEADERS = { 'content-type': 'application/json' };

type Read = () => Promise<unknown>;

/** Serves the asset at every path until its parent ends. */
async function serve(): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { ...HEADERS, 'content-length': BODY.length }).end(BODY);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.once('disconnect', () => process.exit());
  process.send?.(server.address());
}

/** The same read by each client. */
function readsOver(baseUrl: string, options: { fetch?: typeof fetch }): Record<string, Read> {
  const { fetch: given = globalThis.fetch } = options;
  const place = { apiKey: 'a-long-key', projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
  const spydra = new SpydraClient({ ...place, baseUrl, ...options });
  const openai = new OpenAI({ apiKey: 'a-long-key', baseURL: baseUrl, ...options });
  const kyClient = ky.create({ prefixUrl: baseUrl, ...options });
  return {
    fetch: async () => (await given(`${baseUrl}/assets/asset-1`)).json(),
    ky: () => kyClient.get('assets/asset-1').json(),
    openai: () => openai.models.retrieve('asset-1'),
    'spydra-sdk': () => spydra.assets.get('asset-1'),
  };
}

/** The request that the SDK sends, by fetch alone: with headers, a longer path, and a signal to end it by. */
function sameRequest(baseUrl: string): Read {
  const url = `${baseUrl}/projects/p/networks/n/apps/a/assets/asset-1`;
  const options = { redirect: 'manual', cache: 'no-store' } as RequestInit;
  return async () => {
    const { signal } = new AbortController();
    const headers = {
      accept: 'application/json',
      'cache-control': 'no-store',
      'x-api-key': 'a-long-key',
      'x-request-id': crypto.randomUUID(),
    };
    return JSON.parse(await (await fetch(url, { ...options, headers, signal })).text());
  };
}

/** Microseconds for each of many reads, one after the other. */
async function readMany(read: Read, count: number): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < count; n++) await read();
  return (1_000 * (performance.now() - started)) / count;
}

async function compare(title: string, reads: Readonly<Record<string, Read>>, count: number): Promise<void> {
  const chosen = Object.entries(reads).filter(([name]) => process.argv.length < 3 || process.argv.includes(name));
  const times = new Map(chosen.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, read] of chosen) times.get(name)?.push(await readMany(read, count));
  }
  const least = (name: string) => Math.min(...(times.get(name) ?? []));
  const middle = (name: string) => median(times.get(name) ?? []);
  const over = (a: number, b: number) => (Number.isFinite(b) ? (a / b).toFixed(2) : '');
  const rows = chosen.map(([name]) => ({
    read: name,
    'min us': least(name).toFixed(1),
    'median us': middle(name).toFixed(1),
    'min / fetch': over(least(name), least('fetch')),
    'median / fetch': over(middle(name), middle('fetch')),
    'min / cheaper of openai and ky': over(least(name), Math.min(least('openai'), least('ky'))),
  }));
  printTable(`${title}, ${ROUNDS} rounds of ${count} reads`, rows);
}

if (process.argv[2] === 'serve') await serve();
else {
  const stub: typeof fetch = async () => new Response(BODY, { headers: HEADERS });
  await compare('A fetch that responds at once', readsOver('http://localhost/v2', { fetch: stub }), READS.stub);

  const server = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: ['--import', 'tsx'] });
  const [{ port }] = await once(server, 'message');
  const origin = `http://127.0.0.1:${port}`;
  const pool = new Pool(origin);
  const { 'spydra-sdk': pooled } = readsOver(`${origin}/v2`, { fetch: poolFetch(pool) });
  const direct = { 'fetch, the same request': sameRequest(`${origin}/v2`) };
  const reads = { ...direct, ...readsOver(`${origin}/v2`, {}), ...(pooled && { "spydra-sdk, undici's Pool": pooled }) };
  await compare('Loopback', reads, READS.loopback);
  await pool.close();
  server.disconnect();
}
