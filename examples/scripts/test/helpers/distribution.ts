import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { SpydraClient } from 'spydra-sdk';
import type { Sandbox, SandboxOptions } from 'spydra-sdk/sandbox';
import { expect, onTestFinished } from 'vitest';
import type { Random } from '../../../../test/faults/random.js';
import { bareEnvironment, program } from '../../../../test/helpers/program.js';
import { minted, sandboxed } from '../../../../test/helpers/sandbox.js';

const ROOT = new URL('../../../..', import.meta.url).pathname;
const TOKENS = 10n ** 18n;

export interface Row {
  readonly wallet: string;
  readonly amount: bigint;
}

/** Names that CSV has to quote, that no header can carry, or that are longer than a key may be. */
const ODD_NAMES = ['Nováková, Žofie', 'o"neil', '100%25', 'a b', '東京', 'x'.repeat(150), `${'x'.repeat(150)}y`];

export function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    wallet: ODD_NAMES[index] ?? `investor-${index}`,
    amount: BigInt(index + 1) ** 3n,
  }));
}

/** A sandbox that listens, an asset whose tokens are all in the treasury, and the script on them. */
export async function world(options: SandboxOptions) {
  const { sandbox, spydra } = sandboxed(options);
  const { url } = await sandbox.listen();
  const { apiKey, projectId, networkId, appId, assetSchemaId } = sandbox.connection();
  const environment = {
    SPYDRA_BASE_URL: `${url}/v2`,
    SPYDRA_API_KEY: apiKey,
    SPYDRA_PROJECT_ID: projectId,
    SPYDRA_NETWORK_ID: networkId,
    SPYDRA_APP_ID: appId,
    SPYDRA_ASSET_SCHEMA_ID: assetSchemaId,
  };
  const assetId = await minted(spydra, TOKENS);
  const directory = mkdtempSync(join(tmpdir(), 'distribute-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'rows.csv');

  const distribute = (content: string, asset = assetId, others: Record<string, string> = {}) => {
    writeFileSync(file, content);
    const command = [file, '--asset', asset, '--from', 'treasury', '--batch', 'dividend-1'];
    return script(command, { ...environment, ...others });
  };
  return { sandbox, spydra, assetId, url, distribute };
}

/** The script in a process of its own, without any of our own variables. */
export function script(args: readonly string[], environment: Record<string, string> = {}) {
  const command = [program('examples/scripts/distribute.ts'), ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...bareEnvironment(), ...environment } });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  /** What happens while it runs; fails if it ends before. */
  const until = (event: Promise<unknown>) =>
    Promise.race([
      event,
      exited.then((code) => {
        throw new Error(`The script ended with ${code}: ${printed.out}${printed.err}`);
      }),
    ]);
  return { child, printed, exited, until };
}

/** As a spreadsheet on Windows saves it: with a byte order mark, CRLF, a column of its own, and a blank line. */
export function spreadsheet(rows: readonly Row[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map(({ wallet, amount }) => `"a note, and\r\na line",${quoted(wallet)}, ${amount}`);
  return `\uFEFFnote,wallet,amount\r\n\r\n${lines.join('\r\n')}\r\n`;
}

export function plain(rows: readonly Row[]): string {
  return ['wallet,amount', ...rows.map(({ wallet, amount }) => `${wallet},${amount}`)].join('\n');
}

export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const drawn = items.map((item) => ({ item, at: random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/** The transfers that are on the ledger and valid. */
export function transfersOn(sandbox: Sandbox): number {
  const all = sandbox.blocks.flatMap(({ transactions }) => transactions);
  return all.filter(({ type, validationCode }) => type === 'transfer' && validationCode === 'VALID').length;
}

/** Resolves in the moment in which so many transfers are on the ledger. */
export function transfersReach(sandbox: Sandbox, count: number): Promise<void> {
  let seen = transfersOn(sandbox);
  return new Promise((resolve) => {
    const stop = sandbox.onEvent(({ name }) => {
      if (name === 'TokensTransferred') seen++;
      if (seen < count) return;
      stop();
      resolve();
    });
  });
}

/** Resolves when so many transfers wait for their block. */
export async function pending(spydra: SpydraClient, count: number): Promise<void> {
  for (;;) {
    const { items } = await spydra.transactions.list({ type: 'transfer', limit: 20 });
    if (items.filter(({ status }) => status === 'PENDING').length >= count) return;
    await setImmediate();
  }
}

/** Asserts that every wallet has its amount, no other wallet has tokens, and each was paid by one transfer. */
export async function expectPaid({ sandbox, spydra, assetId }: World, rows: readonly Row[]): Promise<void> {
  const rest = rows.reduce((left, { amount }) => left - amount, TOKENS);
  const expected = new Map([['treasury', rest], ...rows.map(({ wallet, amount }) => [wallet, amount] as const)]);
  const holders = await spydra.tokens.holders(assetId);
  expect(new Map(holders.map(({ wallet, balance }) => [wallet, balance]))).toEqual(expected);
  expect(transfersOn(sandbox)).toBe(rows.length);
}
type World = Pick<Awaited<ReturnType<typeof world>>, 'sandbox' | 'spydra' | 'assetId'>;

/** What the report says: its sums, and its lists by wallet. */
export function read(report: string) {
  const sums = /^(\d+) rows: (\d+) done, (\d+) not done, (\d+) unknown\n([\d,]+) tokens done$/m.exec(report);
  const [total, done, notDone, unknown] = (sums ?? []).slice(1, 5).map(Number);
  const listed = (title: string) => {
    const [, list = ''] = new RegExp(`^${title}.*:\n((?:  line .*\n)*)`, 'm').exec(report) ?? [];
    return [...list.matchAll(/^ {2}line \d+: \d+ to (".*?"): \S/gm)].map(([, wallet = '']) =>
      String(JSON.parse(wallet)),
    );
  };
  const tokens = BigInt((sums?.[5] ?? '-1').replaceAll(',', ''));
  return { total, done, notDone, unknown, tokens, lists: { notDone: listed('Not done'), unknown: listed('Unknown') } };
}

export const sum = (rows: readonly Row[]) => rows.reduce((all, { amount }) => all + amount, 0n);
