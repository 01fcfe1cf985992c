import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Table } from './table.js';

/*
 * Runs every bench, one after the other, and prints all figures as one table. They are also written to
 * `test/bench/results/bench.json`, and with `--docs` into docs/performance.md. `--long`: the long forms. Names of benches
 * as arguments: only these.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url));
const RESULTS = join(HERE, 'results');
const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const BENCHES = [
  'weight',
  'read-overhead',
  'cached-reads',
  'heap',
  'concurrent-loads',
  'invalidations',
  'balances',
  'holders',
  'transfers',
  'confirmation',
  'goodput',
  'retry-budget',
  'watch',
  'sandbox-restart',
];

/** Runs a bench in a process of its own, and returns its tables. A bench that fails has none. */
function run(bench: string, folder: string, isLong: boolean): Table[] {
  const file = join(folder, `${bench}.jsonl`);
  writeFileSync(file, '');
  const env = { ...process.env, BENCH_TABLES: file, BENCH_LONG: isLong ? '1' : '0' };
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(HERE, `${bench}.ts`)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    process.stderr.write(`${bench} failed.\n`);
    process.exitCode = 1;
    return [];
  }
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Table);
}

/** All rows as one Markdown table: what was measured, the case, and its figures. */
function markdown(tables: readonly Table[]): string {
  const lines = tables.flatMap(({ title, rows }) =>
    rows.map((row, index) => {
      const cells = Object.entries(row);
      const isFigure = ([, value]: (typeof cells)[number]) => value !== '' && Number.isFinite(Number(value));
      const names = cells.filter((cell) => !isFigure(cell)).map(([, value]) => value);
      const figures = cells.filter(isFigure).map(([name, value]) => `${name} ${value}`);
      return `| ${index === 0 ? title : ''} | ${names.join(', ')} | ${figures.join('; ')} |`;
    }),
  );
  return ['| measured | case | figures |', '|---|---|---|', ...lines].join('\n');
}

/** What else the machine did, in processes: above the number of cores, only ratios and counts mean something. */
const load = loadavg()[0]?.toFixed(1);
const isLong = process.argv.includes('--long');
const named = BENCHES.filter((bench) => process.argv.includes(bench));
const folder = mkdtempSync(join(tmpdir(), 'spydra-sdk-bench-'));
const tables = (named.length > 0 ? named : BENCHES).flatMap((bench) => run(bench, folder, isLong));
rmSync(folder, { recursive: true, force: true });

const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
const machine = `${cpus().length} cores (${cpus()[0]?.model}), ${gigabytes} GiB, ${process.platform}, Node ${process.version}, load average before ${load}`;
const table = markdown(tables);
process.stdout.write(`${machine}\n\n${table}\n`);
mkdirSync(RESULTS, { recursive: true });
writeFileSync(join(RESULTS, 'bench.json'), `${JSON.stringify({ machine, isLong, tables }, null, 2)}\n`);
if (process.argv.includes('--docs')) {
  const [before, after] = readFileSync(PAGE, 'utf8').split(/(?<=<!-- bench -->\n)[\s\S]*(?=<!-- \/bench -->)/);
  writeFileSync(PAGE, `${before}\n${machine}\n\n${table}\n\n${after}`);
}
