import { parseArgs } from 'node:util';
import { openRunFolder } from '../run/run-folder.js';
import type { MoneyRow } from './audit.js';
import { type Kind, moneyTest } from './money-test.js';
import { HEADER, rowLine, wrongs } from './table.js';

const KINDS: readonly Kind[] = ['header', 'filter', 'none', 'platform'];
const CONCURRENCY = 64;
/** On the platform a write is several requests. */
const CONCURRENCY_ON_PLATFORM = 16;
const WRITES_PER_RESTART = 2_500;
const MOST_FINDINGS = 20;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** The long money test: each kind of server, several seeds. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      writes: { type: 'string', default: '10000' },
      seeds: { type: 'string', default: '5' },
      /** The first seed, to repeat a single one. */
      seed: { type: 'string', default: '1' },
      kinds: { type: 'string', default: KINDS.join(',') },
      /** Counts calls by all reported outcomes. */
      tally: { type: 'boolean', default: false },
      /** With a retry policy that always repeats. */
      permissive: { type: 'boolean', default: false },
      /** Sabotage: the run must then end with violations. */
      'without-key': { type: 'boolean', default: false },
      /** Sabotage, too: durations are measured by the clock that is stepped. */
      'wall-clock': { type: 'boolean', default: false },
    },
  });
  // A signal alone would end this process, but not the sandbox that it has started.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  openRunFolder();
  const { 'without-key': withoutKey, 'wall-clock': wallClock } = values;
  const retries = values.permissive ? { limit: 10, retry: () => true } : undefined;
  const writes = count('--writes', values.writes);
  const seeds = Array.from({ length: count('--seeds', values.seeds) }, (_, n) => count('--seed', values.seed) + n);
  const restarts = Math.max(1, Math.floor(writes / WRITES_PER_RESTART));

  print(HEADER);
  const rows: MoneyRow[] = [];
  for (const kind of values.kinds.split(',').map(kindOf)) {
    for (const seed of seeds) {
      const row = await moneyTest({
        kind,
        seed,
        writes,
        concurrency: kind === 'platform' ? CONCURRENCY_ON_PLATFORM : CONCURRENCY,
        restarts,
        retries,
        withoutKey,
        wallClock,
      });
      rows.push(row);
      print([rowLine(row), ...row.findings.slice(0, MOST_FINDINGS)].join('\n'));
      if (values.tally) print(JSON.stringify(row.tally, null, 2));
    }
  }
  const sum = (value: (row: MoneyRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  const violations = sum(wrongs);
  print(`${sum((row) => row.calls)} calls, ${sum((row) => row.faults)} faults, ${violations} violations`);
  process.exitCode = violations === 0 ? 0 : 1;
}

function count(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${flag} needs a whole number from 1, not '${text}'.`);
}

function kindOf(text: string): Kind {
  const found = KINDS.find((known) => known === text);
  if (found) return found;
  throw new Error(`--kinds needs some of ${KINDS.join(',')}, not '${text}'.`);
}

await main();
