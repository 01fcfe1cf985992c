import { spawnSync } from 'node:child_process';
import { SpydraClient } from 'spydra-sdk';
import { sampleCommands } from '../greeting.js';
import { SEARCH_PATH } from './process.js';
import { SANDBOX, startTopology, type Topology } from './topology.js';

let topology: Topology | undefined;
let isStopping = false;

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
try {
  requirePrograms('nginx', 'redis-server', 'openssl');
  console.log('Starting a sandbox, Redis, three backends and nginx …');
  topology = await startTopology();
  console.log(await greeting(topology));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** At a second signal, or amid the start, all others end at once with this process. */
async function stop(): Promise<void> {
  if (!topology || isStopping) process.exit(1);
  isStopping = true;
  console.log('\nStopping …');
  await topology.stop();
  process.exit(0);
}

/** @throws Error saying what to install. */
function requirePrograms(...programs: readonly string[]): void {
  const missing = programs.filter((program) => spawnSync(program, ['-v'], { env: { PATH: SEARCH_PATH } }).error);
  if (missing.length === 0) return;
  throw new Error(`Install what is missing here first, on Debian with: apt-get install ${missing.join(' ')}`);
}

async function greeting(topology: Topology): Promise<string> {
  const { url, apiUrl, adminKey } = topology;
  return [
    picture(topology),
    '',
    `Routes     ${apiUrl}`,
    `Docs       ${url}/docs`,
    `Metrics    ${topology.backendPorts.map((port) => `http://localhost:${port}/metrics`).join('  ')}`,
    `Admin key  ${adminKey} (for this run)`,
    '',
    'Try, with -k since the certificate is signed by nobody:',
    ...sampleCommands('curl -sk', apiUrl, adminKey, await sampleOf(topology)),
    '',
    'Ctrl-C stops all of it.',
  ].join('\n');
}

function picture({ url, redisPort, sandboxUrl, backendPorts }: Topology): string {
  const [first, second, third] = backendPorts.map((port) => `:${port}`.padEnd(9));
  return `
                  ${url}
                           nginx
            ┌────────────────┼────────────────┐
        backend-1        backend-2        backend-3
        ${first}        ${second}        ${third}
            └────────────────┼────────────────┘
               ┌─────────────┴─────────────┐
        Redis :${redisPort}   sandbox ${sandboxUrl}`;
}

/** A wallet of the sandbox's own, and an asset of which tokens can still be minted. */
async function sampleOf({ sandboxUrl }: Topology) {
  await using spydra = new SpydraClient({ ...SANDBOX, baseUrl: sandboxUrl });
  const [draft] = (await spydra.assets.list({ status: 'draft', limit: 1 })).items;
  return { walletId: 'wallet-alice', assetId: draft?.assetId ?? '' };
}
