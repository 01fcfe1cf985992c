import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printTable } from '../../../../test/bench/table.js';
import { startTopology } from '../../cluster/topology.js';
import { audit, type Finding, type Happened, violationsOf } from './audit.js';
import { Client } from './client.js';
import { EVENTS } from './events.js';
import { Load } from './load.js';
import { openMarkets } from './market.js';
import type { Write } from './writer.js';

/** Half of the writers send keys. */
const WRITERS = 12;
const BLOCK_TIME = '400ms';
/** Milliseconds of load after each event, once what it broke is back. */
const AFTERMATH = 6_000;
/** Milliseconds: on one machine no request takes longer, and the key of an instance that died is free after it. */
const UNCERTAINTY_WINDOW = 20_000;
const NO_LIMIT = '1000000000';

const print = (text: string) => process.stdout.write(`${text}\n`);

/** What each event does to reads and writes on the whole topology; fails where a bound is broken. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      /** Sabotage: nginx repeats writes. The run must then fail. */
      'retry-writes': { type: 'boolean', default: false },
      /** Sabotage: clients repeat writes without their keys. The run must then fail. */
      'without-keys': { type: 'boolean', default: false },
    },
  });
  // By itself a signal would end this process, but not those that it has started.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  const topology = await startTopology({
    blockTime: BLOCK_TIME,
    environment: {
      RATE_LIMIT_PER_ADDRESS: NO_LIMIT,
      RATE_LIMIT_PER_KEY: NO_LIMIT,
      UNCERTAINTY_WINDOW: String(UNCERTAINTY_WINDOW),
      LOG_LEVEL: 'warn',
    },
    ...(values['retry-writes'] ? { adjustNginx: retryWrites } : {}),
  });
  try {
    const client = new Client(topology.apiUrl, topology.adminKey);
    const markets = await openMarkets(topology.sandboxUrl, WRITERS);
    const load = new Load({ client, markets, dropsKeys: values['without-keys'] });
    const happened: Happened[] = [];
    for (const event of EVENTS) {
      print(`${event.name} …`);
      const from = performance.now();
      await event.happen(topology, client);
      happened.push({ event, from, backAt: performance.now() });
      await sleep(AFTERMATH);
    }
    await load.stop();
    report(await audit(happened, load, topology.sandboxUrl));
  } finally {
    await topology.stop();
  }
}

function retryWrites(configuration: string): string {
  return configuration.replace('proxy_next_upstream off;', 'proxy_next_upstream error timeout non_idempotent;');
}

function report(findings: readonly Finding[]): void {
  printTable('What each event did', findings.map(rowOf));
  print('\nThe bounds are those of the architecture; Spydra and its network are outside of its scope.');
  const violations = findings.flatMap(violationsOf);
  print(violations.length === 0 ? '\nAll bounds hold.' : `\n${violations.join('\n')}`);
  for (const write of new Set(findings.flatMap(({ leftUnknown }) => leftUnknown))) print(storyOf(write));
  process.exitCode = violations.length === 0 ? 0 : 1;
}

/** What became of each request of a write that is not known to the end; equal answers in a row once. */
function storyOf({ mark, order, attempts }: Write): string {
  const answers: { text: string; count: number }[] = [];
  for (const { status, code, beganAt } of attempts) {
    const text = `${status ?? 'no answer'} ${code ?? ''}`.trim();
    const last = answers.at(-1);
    if (last?.text.endsWith(text)) last.count++;
    else answers.push({ text: `at ${(beganAt / 1_000).toFixed(1)} s ${text}`, count: 1 });
  }
  return `left unknown: ${order} ${mark}: ${answers.map(({ text, count }) => `${text} x ${count}`).join(', ')}`;
}

function rowOf(finding: Finding) {
  const { event, recovery } = finding;
  return {
    event: event.name,
    reads: finding.reads,
    'reads failed': finding.readsFailed.length,
    writes: finding.writes,
    'applied twice': finding.appliedTwice.length,
    'done but missing': finding.doneButMissing.length,
    'not applied but there': finding.notAppliedButApplied.length,
    'unknown outcomes': finding.unknown,
    'left unknown': finding.leftUnknown.length,
    'recovered in s': recovery.toFixed(1),
    'bound in s': event.bound ?? 'managed',
  };
}

await main();
