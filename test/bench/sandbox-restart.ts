import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, manualClock } from 'spydra-sdk/sandbox';
import { answersTask, inChild } from './child.js';
import { median, printTable } from './table.js';

/*
 * What it costs to start a sandbox on a ledger file of 20,000 transfers, beside JSON.parse of the same lines, which no
 * start can do without. Each measurement has a process of its own.
 */

const TRANSFERS = 20_000;
const WALLETS = 1_000;
const REPEATS = 5;
const BASE = 'http://sandbox/v2/projects/sandbox-project/networks/sandbox-network/apps/sandbox-app';

interface Task {
  readonly file: string;
  readonly what: 'start' | 'JSON.parse';
}

interface Measured {
  /** Milliseconds of the processor. */
  readonly cpu: number;
  /** Bytes that are held after it. */
  readonly heap: number;
}

async function write(file: string, blockSize: number): Promise<void> {
  const clock = manualClock();
  const blockTime = blockSize === 1 ? 0 : 2 ** 30;
  await using sandbox = createSandbox({ dataFile: file, clock, blockSize, blockTime });
  const post = async (path: string, body: object, key = path) => {
    const headers = { 'X-API-Key': 'sandbox-key', 'Idempotency-Key': key };
    const response = await sandbox.fetch(BASE + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  const { assets, treasury } = await sandbox.seed();
  const assetId = assets[0]?.assetId;
  for (let n = 0; n < TRANSFERS; n++) {
    const metadata = { note: `sale ${n}`, price: '50.25', idempotencyKey: `key-${n}` };
    const moving = { assetId, fromWallet: treasury, toWallet: `wallet-${n % WALLETS}`, amount: 1 + (n % 2), metadata };
    await post('/tokens/transfer', moving, `key-${n}`);
  }
}

async function measure({ file, what }: Task): Promise<Measured> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const started = process.cpuUsage();
  const kept = what === 'start' ? createSandbox({ dataFile: file }) : parseLines(file);
  const { user, system } = process.cpuUsage(started);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed - before;
  if ('close' in kept) await kept.close();
  return { cpu: (user + system) / 1_000, heap };
}

function parseLines(file: string): readonly unknown[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function compare(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-restart-'));
  const rows = [];
  try {
    for (const blockSize of [1, 500]) {
      const file = join(directory, `${blockSize}.jsonl`);
      await write(file, blockSize);
      for (const what of ['JSON.parse', 'start'] as const) {
        const runs: Measured[] = [];
        for (let run = 0; run < REPEATS; run++) runs.push(await inChild<Measured>(import.meta.url, { file, what }));
        rows.push({
          'transactions a block': blockSize,
          'file (MB)': (readFileSync(file).length / 1e6).toFixed(1),
          '': what,
          'processor (ms)': median(runs.map(({ cpu }) => cpu)).toFixed(0),
          'held (MB)': (median(runs.map(({ heap }) => heap)) / 1e6).toFixed(0),
        });
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  printTable(`A start on a ledger file of ${TRANSFERS} transfers`, rows);
}

if (!answersTask(measure)) await compare();
