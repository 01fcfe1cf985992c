import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { SpydraClient } from 'spydra-sdk';
import { manualClock, type Sandbox, type SandboxOptions } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Random, seeded, whole } from '../../../test/faults/random.js';
import { bareEnvironment, program } from '../../../test/helpers/program.js';
import { minted, sandboxed } from '../../../test/helpers/sandbox.js';
import { scaled } from '../../../test/helpers/scale.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
const TOKENS = 10n ** 18n;
const WALLETS = scaled(100);

interface Row {
  readonly wallet: string;
  readonly amount: bigint;
}

/** Names that CSV has to quote, that no header can carry, or that are longer than a key may be. */
const ODD_NAMES = ['Nováková, Žofie', 'o"neil', '100%25', 'a b', '東京', 'x'.repeat(150), `${'x'.repeat(150)}y`];

function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    wallet: ODD_NAMES[index] ?? `investor-${index}`,
    amount: BigInt(index + 1) ** 3n,
  }));
}

/** A sandbox that listens, an asset whose tokens are all in the treasury, and the script on them. */
async function world(options: SandboxOptions) {
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

  const distribute = (content: string) => {
    writeFileSync(file, content);
    return script([file, '--asset', assetId, '--from', 'treasury', '--batch', 'dividend-1'], environment);
  };
  return { sandbox, spydra, assetId, distribute };
}

/** The script in a process of its own, without any of our own variables. */
function script(args: readonly string[], environment: Record<string, string> = {}) {
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
function spreadsheet(rows: readonly Row[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = rows.map(({ wallet, amount }) => `"a note, and\r\na line",${quoted(wallet)}, ${amount}`);
  return `\uFEFFnote,wallet,amount\r\n\r\n${lines.join('\r\n')}\r\n`;
}

function plain(rows: readonly Row[]): string {
  return ['wallet,amount', ...rows.map(({ wallet, amount }) => `${wallet},${amount}`)].join('\n');
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const drawn = items.map((item) => ({ item, at: random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/** The transfers that are on the ledger and valid. */
function transfersOn(sandbox: Sandbox): number {
  const all = sandbox.blocks.flatMap(({ transactions }) => transactions);
  return all.filter(({ type, validationCode }) => type === 'transfer' && validationCode === 'VALID').length;
}

/** Resolves in the moment in which so many transfers are on the ledger. */
function transfersReach(sandbox: Sandbox, count: number): Promise<void> {
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
async function pending(spydra: SpydraClient, count: number): Promise<void> {
  for (;;) {
    const { items } = await spydra.transactions.list({ type: 'transfer', limit: 20 });
    if (items.filter(({ status }) => status === 'PENDING').length >= count) return;
    await setImmediate();
  }
}

/** Asserts that every wallet has its amount, no other wallet has tokens, and each was paid by one transfer. */
async function expectPaid({ sandbox, spydra, assetId }: World, rows: readonly Row[]): Promise<void> {
  const rest = rows.reduce((left, { amount }) => left - amount, TOKENS);
  const expected = new Map([['treasury', rest], ...rows.map(({ wallet, amount }) => [wallet, amount] as const)]);
  const holders = await spydra.tokens.holders(assetId);
  expect(new Map(holders.map(({ wallet, balance }) => [wallet, balance]))).toEqual(expected);
  expect(transfersOn(sandbox)).toBe(rows.length);
}
type World = Pick<Awaited<ReturnType<typeof world>>, 'sandbox' | 'spydra' | 'assetId'>;

/** What the report says: its sums, and its lists by wallet. */
function read(report: string) {
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

const sum = (rows: readonly Row[]) => rows.reduce((all, { amount }) => all + amount, 0n);

describe('npm run distribute', () => {
  it('pays each wallet once, although it is killed three times and run again in another order', async () => {
    const random = seeded(20_260_101);
    // A server that does not honour the key: whatever is not paid twice is so by the script and the SDK.
    const { distribute, ...ledger } = await world({ blockTime: 10, idempotency: 'filter' });
    const { sandbox, spydra } = ledger;
    const rows = rowsOf(WALLETS);
    const moments = [0.01, 0.34, 0.68].map((least) => whole(random, least * WALLETS, (least + 0.3) * WALLETS));
    for (const [round, moment] of moments.entries()) {
      const run = distribute(spreadsheet(shuffled(random, rows)));
      await run.until(transfersReach(sandbox, moment));
      // One is killed just after a commit that it has not seen yet, the others while a transfer is pending.
      if (round > 0) await run.until(pending(spydra, 1));
      run.child.kill('SIGKILL');
      expect(await run.exited).toBe('SIGKILL');
      expect(transfersOn(sandbox)).toBeLessThan(rows.length);
    }

    const last = distribute(spreadsheet(shuffled(random, rows)));
    expect(await last.exited).toBe(0);
    expect(read(last.printed.out)).toMatchObject({
      total: WALLETS,
      done: WALLETS,
      notDone: 0,
      unknown: 0,
      tokens: sum(rows),
    });
    expect(last.printed.err).toMatch(
      new RegExp(`^${WALLETS / 10}/${WALLETS} done, .*\\n(.*\\n)*${WALLETS}/${WALLETS} done, .*\\n$`),
    );
    await expectPaid(ledger, rows);

    const height = sandbox.blocks.length;
    const again = distribute(spreadsheet(rows));
    expect(await again.exited).toBe(0);
    expect(again.printed.out).toBe(last.printed.out);
    expect(sandbox.blocks).toHaveLength(height);
  });

  it('reports the outcome of each row on Ctrl-C, and the next run does the rest', async () => {
    const { distribute, ...ledger } = await world({ blockTime: 10 });
    const rows = rowsOf(60);
    const stopped = distribute(spreadsheet(rows));
    await stopped.until(transfersReach(ledger.sandbox, 20));
    stopped.child.kill('SIGINT');
    expect(await stopped.exited).toBe(130);
    expect(stopped.printed.err).toContain('Stopping');

    const { lists, ...sums } = read(stopped.printed.out);
    const unlisted = rows.filter(({ wallet }) => ![...lists.notDone, ...lists.unknown].includes(wallet));
    expect(sums).toEqual({
      total: 60,
      done: unlisted.length,
      notDone: lists.notDone.length,
      unknown: lists.unknown.length,
      tokens: sum(unlisted),
    });
    expect(unlisted.length + lists.unknown.length).toBeGreaterThanOrEqual(20);
    expect(sums.notDone).toBeGreaterThan(0);
    const holders = new Map((await ledger.spydra.tokens.holders(ledger.assetId)).map((h) => [h.wallet, h.balance]));
    for (const { wallet, amount } of unlisted) expect(holders.get(wallet)).toBe(amount);
    for (const wallet of lists.notDone) expect(holders.has(wallet)).toBe(false);

    const again = distribute(spreadsheet(rows));
    expect(await again.exited).toBe(0);
    await expectPaid(ledger, rows);
  });

  describe('on a ledger that cuts no block', () => {
    /** Three pending rows, which stay pending until the clock moves. */
    async function stuck() {
      const clock = manualClock();
      const tick = () => {
        const ticking = setInterval(() => clock.advance(2_000), 10);
        return () => clearInterval(ticking);
      };
      const stop = tick();
      const { distribute, ...ledger } = await world({ blockTime: 2_000, clock });
      stop();
      const rows = rowsOf(10).slice(7);
      const run = distribute(plain(rows));
      await run.until(pending(ledger.spydra, rows.length));
      return { ...ledger, distribute, rows, run, clock, tick };
    }

    it('checks the pending rows on Ctrl-C', async () => {
      const { rows, run, clock, spydra, assetId } = await stuck();
      run.child.kill('SIGINT');
      await expect.poll(() => run.printed.err).toContain('Stopping');
      // Of transfers from one wallet a block commits one.
      clock.advance(2_000);
      expect(await run.exited).toBe(130);
      const holders = new Map((await spydra.tokens.holders(assetId)).map(({ wallet, balance }) => [wallet, balance]));
      const paid = rows.filter(({ wallet }) => holders.has(wallet));
      expect(paid).toHaveLength(1);
      const { lists, ...sums } = read(run.printed.out);
      expect(sums).toMatchObject({ total: 3, done: 1, tokens: sum(paid) });
      const others = rows.filter((row) => !paid.includes(row)).map(({ wallet }) => wallet);
      expect([...lists.notDone, ...lists.unknown].sort()).toEqual(others);
    });

    it('names the transactions of unknown rows on Ctrl-C, and the next run finishes them', async () => {
      const { distribute, rows, run, tick, ...ledger } = await stuck();
      run.child.kill('SIGTERM');
      expect(await run.exited).toBe(130);
      expect(read(run.printed.out)).toEqual({
        ...{ total: 3, done: 0, notDone: 0, unknown: 3, tokens: 0n },
        lists: { notDone: [], unknown: rows.map(({ wallet }) => wallet) },
      });
      const { items } = await ledger.spydra.transactions.list({ type: 'transfer' });
      for (const { transactionId } of items) expect(run.printed.out).toContain(transactionId);
      expect(run.printed.out).toContain('Run the same command again');

      onTestFinished(tick());
      expect(await distribute(plain(rows)).exited).toBe(0);
      await expectPaid(ledger, rows);
    });

    it('exits at once on a second Ctrl-C', async () => {
      const { run } = await stuck();
      // As fast as nobody types: those that come at once are taken for one.
      const pressing = setInterval(() => run.child.kill('SIGINT'), 300);
      onTestFinished(() => clearInterval(pressing));
      expect(await run.exited).toBe(130);
      expect(run.printed.out).toBe('');
    });
  });

  it('refuses a changed amount under the same batch', async () => {
    const { distribute, ...ledger } = await world({ blockTime: 0 });
    const paid = [
      { wallet: 'alice', amount: 5n },
      { wallet: 'bob', amount: 7n },
    ];
    expect(await distribute(plain(paid)).exited).toBe(0);
    const changed = distribute('wallet,amount\ncarol,9\nalice,6\nbob,7\n');
    expect(await changed.exited).toBe(1);
    expect(read(changed.printed.out)).toEqual({
      ...{ total: 3, done: 2, notDone: 1, unknown: 0, tokens: 16n },
      lists: { notDone: ['alice'], unknown: [] },
    });
    expect(changed.printed.out).toMatch(/^ {2}line 3: 6 to "alice": Not paid again.*IDEMPOTENCY_CONFLICT/m);
    await expectPaid(ledger, [...paid, { wallet: 'carol', amount: 9n }]);
  });

  it('names every invalid row and sends nothing', async () => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const amounts = ['0', '-1', '1.5', '1e3', '', '"1,000"', '0x10', 'many'];
    const rows = [
      '"a wallet\r\nin two lines",1',
      'good,1',
      ',2',
      'good,3',
      'split,1,000',
      'short',
      ...amounts.map((amount, at) => `w${at},${amount}`),
    ];
    const run = distribute(['wallet,amount', '', ...rows].join('\r\n'));
    expect(await run.exited).toBe(2);
    const named = [...run.printed.err.matchAll(/^ {2}line (\d+): /gm)].map(([, line]) => Number(line));
    expect(named).toEqual([4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    expect(run.printed.err).toMatch(/line 7: .*"good".* line 5/);
    expect(run.printed.out).toBe('');
    expect(transfersOn(sandbox)).toBe(0);
  });

  it('names every line whose wallet looks like another one and sends nothing', async () => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const wallets = [
      ...['alice', '"alice "', '" alice"', 'Alice', 'al\u200bice', 'a\u00adlice', 'alice\u200e', '"alice\u00a0"'],
      ...['Jos\u00e9', 'Jose\u0301', 'JOS\u00c9', 'stra\u00dfe', 'STRASSE', '\uff41lice', 'a\u00a0b', 'a b', 'bob'],
    ];
    const run = distribute(['wallet,amount', ...wallets.map((wallet) => `${wallet},1`)].join('\n'));
    expect(await run.exited).toBe(2);
    const named = [...run.printed.err.matchAll(/^ {2}line (\d+): /gm)].map(([, line]) => Number(line) - 2);
    const good = ['alice', 'Jos\u00e9', 'stra\u00dfe', 'bob'];
    expect(named.map((at) => wallets[at])).toEqual(wallets.filter((wallet) => !good.includes(wallet)));
    expect(run.printed.err).toContain('"Alice" may be "alice" of line 2');
    expect(run.printed.err).toContain('must not contain the invisible character U+200B');
    expect(run.printed.out).toBe('');
    expect(transfersOn(sandbox)).toBe(0);
  });

  it.each([
    ['wallet,amount,amount\nw21,1,1000', '"amount"'],
    ['wallet,amount,wallet\nw21,1,w22', '"wallet"'],
    ['wallet,amount, Amount\nw21,1,1000', '"amount"'],
    ['wallet,amount,"a\u200bmount"\nw21,1,1000', '"amount"'],
    ['wallet,amount,note,note\nw21,1,a,b', '"note"'],
  ])('refuses the columns of %j by name and sends nothing', async (content, column) => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const run = distribute(content);
    expect(await run.exited).toBe(2);
    expect(run.printed.err).toContain(`line 1: the column ${column} stands there twice`);
    expect(transfersOn(sandbox)).toBe(0);
  });

  it('refuses a paying wallet that looks like another one', async () => {
    const run = script(['rows.csv', '--asset', 'a', '--from', 'treasury\u200b', '--batch', 'b']);
    expect(await run.exited).toBe(2);
    expect(run.printed.err).toBe('--from must not contain the invisible character U+200B.\n');
  });

  it.each([
    ['a file without the header', 'alice,5\n', /header/],
    ['a quote that is not closed', 'wallet,amount\nalice,5\n"bob,7\n', /line 3/],
    ['a file without rows', 'wallet,amount\n', /no rows/],
  ])('refuses %s', async (_, content, reason) => {
    const { distribute, sandbox } = await world({ blockTime: 0 });
    const run = distribute(content);
    expect(await run.exited).toBe(2);
    expect(run.printed.err).toMatch(reason);
    expect(transfersOn(sandbox)).toBe(0);
  });

  it('explains itself with --help, and refuses an incomplete command', async () => {
    const help = script(['--help']);
    const nothing = script([]);
    expect([await help.exited, await nothing.exited]).toEqual([0, 2]);
    expect(help.printed.out).toContain('--batch <name>');
    expect(nothing.printed).toEqual({ out: '', err: 'A file, --asset, --from and --batch are needed.\n' });
  });
});
