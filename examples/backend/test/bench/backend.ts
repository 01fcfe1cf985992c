import { availableParallelism } from 'node:os';
import autocannon from 'autocannon';
import { printTable } from '../../../../test/bench/table.js';
import { startTopology, type Topology } from '../../cluster/topology.js';
import { openMarkets } from '../topology/market.js';
import { type CpuTimes, cpuTimes, PROCESSES } from './cpu-time.js';

/*
 * Reads through nginx, of one instance and of three, beside Express answering a constant behind the same nginx. All of it
 * and the load are on this one machine.
 */

const CONNECTIONS = 20;
/** Seconds; in the run-up the code is compiled, also of three instances with a third of the requests each. */
const RUN_UP = 6;
const DURATION = 8;
const NO_LIMIT = '1000000000';

interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** CPU time for a request, in microseconds, by process. */
  readonly cpu: CpuTimes;
}

const KINDS = ['cached', 'uncached'] as const;
type Kind = (typeof KINDS)[number];

/** What is asked: one asset over and over, or each time a wallet that nobody has asked for. */
async function measure(topology: Topology, kind: Kind, assetId: string): Promise<Measured> {
  const { apiUrl } = topology;
  await load(apiUrl, kind, assetId, RUN_UP);
  const before = cpuTimes(topology);
  const { requests, latency } = await load(apiUrl, kind, assetId, DURATION);
  const after = cpuTimes(topology);
  const cpu = { ...after };
  for (const name of PROCESSES) cpu[name] = (after[name] - before[name]) / requests.total;
  return { perSecond: requests.average, p50: latency.p50, p99: latency.p99, cpu };
}

let wallets = 0;

async function load(apiUrl: string, kind: Kind, assetId: string, duration: number): Promise<autocannon.Result> {
  const { pathname } = new URL(apiUrl);
  const next = (request: autocannon.Request) => ({
    ...request,
    path: `${pathname}/wallets/wallet-${wallets++}/balance`,
  });
  const result = await autocannon({
    url: `${apiUrl}/assets/${assetId}`,
    connections: CONNECTIONS,
    duration,
    tlsOptions: { rejectUnauthorized: false },
    ...(kind === 'uncached' ? { requests: [{ setupRequest: next }] } : {}),
  });
  const { non2xx, errors } = result;
  if (non2xx + errors > 0) throw new Error(`${non2xx} answers were not 2xx, and ${errors} requests failed.`);
  return result;
}

async function measureAll(name: string, instances: number, server?: string) {
  const topology = await startTopology({
    instances,
    blockTime: '0',
    environment: { RATE_LIMIT_PER_ADDRESS: NO_LIMIT, RATE_LIMIT_PER_KEY: NO_LIMIT, LOG_LEVEL: 'warn' },
    ...(server ? { server } : {}),
  });
  try {
    const [market] = await openMarkets(topology.sandboxUrl, 1);
    const rows = [];
    for (const kind of server ? (['cached'] as const) : KINDS) {
      const measured = await measure(topology, kind, market?.assetId ?? '');
      rows.push({ name: server ? name : `${name}, ${kind} reads`, instances, ...measured });
    }
    return rows;
  } finally {
    await topology.stop();
  }
}

const rows = [];
for (const instances of [1, 3]) {
  rows.push(...(await measureAll('Express alone', instances, 'examples/backend/test/bench/bare-server.ts')));
  rows.push(...(await measureAll('the backend', instances)));
}

const cores = availableParallelism();
const base = rows[0];
const title = `Reads through nginx over TLS, ${CONNECTIONS} connections, ${DURATION} s each, and ratios to Express alone`;
printTable(
  title,
  rows.map(({ name, instances, perSecond, p50, p99 }) => ({
    'who answers': name,
    instances,
    'requests/s': perSecond.toFixed(0),
    ratio: (perSecond / (base?.perSecond ?? Number.NaN)).toFixed(2),
    'p50 in ms': p50,
    'p99 in ms': p99,
    'ratio of p99': (p99 / (base?.p99 ?? Number.NaN)).toFixed(1),
  })),
);
printTable(
  'CPU time in µs for a request, by process, and the ratio of Express alone to the backend',
  rows.map(({ name, instances, cpu }) => ({
    'who answers': name,
    instances,
    ...Object.fromEntries(PROCESSES.map((each) => [each, cpu[each].toFixed(0)])),
    ratio: ((base?.cpu.backend ?? Number.NaN) / cpu.backend).toFixed(2),
  })),
);
console.log(`\nOne run, on ${cores} cores that nginx, all instances, Redis, the sandbox and the load share. More`);
console.log('instances than cores share the CPU: the gain of three shows on three machines. The ratio of requests/s');
console.log('includes what nginx, the sandbox and the load use; that of CPU time is of the backends alone.');
