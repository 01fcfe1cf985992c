import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRunFolder } from '../../run/run-folder.js';
import { startFabric } from '../network.js';
import { startStandInProcess } from '../peer/stand-in-process.js';
import type { TestNetwork } from '../test-network.js';
import { type Audit, exactlyOnce } from './exactly-once.js';

/*
 * The exactly-once audit: on the stand-in, or with FABRIC_HOME on Fabric itself. It ends with 1 if a write was applied
 * twice, or not at all, or has no answer.
 */

const WITHOUT_CLAIMS = fileURLToPath(new URL('without-claims.cjs', import.meta.url));
const LOST_SUBMITS = 0.15;
const KILL_INTERVAL = 50;
const MOST_NAMED = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      writes: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      /** Sabotage: the chaincode keeps no claims, and the audit must fail. */
      'without-claims': { type: 'boolean', default: false },
    },
  });
  const [writes, seed] = [count('--writes', values.writes), count('--seed', values.seed)];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  openRunFolder();
  const home = process.env.FABRIC_HOME;
  if (home && values['without-claims']) throw new Error('--without-claims needs the stand-in: unset FABRIC_HOME.');
  const network = await start(home, values['without-claims']);
  try {
    const { peer, orderer, chaincode } = network.nodes;
    const killed = peer === orderer ? { peer, chaincode } : { peer, orderer, chaincode };
    const begun = performance.now();
    const audit = await exactlyOnce(network, { writes, seed, killed, killInterval: KILL_INTERVAL });
    const seconds = (performance.now() - begun) / 1_000;
    const name = `${home ? 'Fabric' : 'stand-in'}${values['without-claims'] ? ', no claims' : ''}`;
    process.exitCode = print(name, audit, seconds) === 0 ? 0 : 1;
  } finally {
    await network.close();
  }
}

function start(home: string | undefined, isWithoutClaims: boolean): Promise<TestNetwork> {
  if (home) return startFabric({ home });
  const preload = isWithoutClaims ? WITHOUT_CLAIMS : undefined;
  return startStandInProcess({ lostSubmits: LOST_SUBMITS, preload });
}

/** Prints a table and what is wrong; returns how much is. */
function print(name: string, audit: Audit, seconds: number): number {
  const wrong = {
    doubled: audit.doubled,
    lost: audit.lost,
    'unknown left': audit.unanswered,
    'several answers': audit.severalAnswers,
    'wrong sums': audit.wrongSums,
  };
  const { writes, unknown } = audit;
  const cells = Object.entries(wrong).map(([title, found]) => [title, found.length] as const);
  const columns = [['network', name], ['writes', writes], ['unknown calls', unknown], ...cells] as const;
  const lines = [columns.map(([title]) => title), columns.map(() => '---'), columns.map(([, value]) => value)];
  process.stdout.write(`${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n\n`);
  process.stdout.write(`killed: ${listOf(audit.kills)}; other ends of calls: ${listOf(audit.errors)}; `);
  process.stdout.write(`${seconds.toFixed(0)} s\n`);
  for (const [title, found] of Object.entries(wrong)) {
    if (found.length > 0) process.stdout.write(`${title}: ${found.slice(0, MOST_NAMED).join(', ')}\n`);
  }
  return Object.values(wrong).flat().length;
}

function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');
}

function count(flag: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`${flag} needs a whole number from 1, not '${text}'.`);
}

await main();
