import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpydraClient } from 'spydra-sdk';
import { builtServer } from '../../web/start/build.js';
import { type Login, newLogins } from '../../web/start/logins.js';
import { sampleCommands } from '../greeting.js';
import { SEARCH_PATH } from './process.js';
import { SANDBOX, startTopology, type Topology } from './topology.js';

/** `--web`: with three instances of the front end. */
const HAS_WEB = process.argv.includes('--web');

let topology: Topology | undefined;
let isStopping = false;

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
try {
  requirePrograms('nginx', 'redis-server', 'openssl');
  const front = HAS_WEB ? await frontEnd() : undefined;
  console.log(`Starting a sandbox, Redis, three backends${front ? ', three front ends' : ''} and nginx …`);
  topology = await startTopology({
    ports: [8_443, 8_080, 3_443],
    environment: { CORS_ORIGINS: process.env.CORS_ORIGINS || process.env.CORS_ORIGIN || '' },
    ...(front && { web: front.web }),
  });
  console.log(await greeting(topology, front?.logins ?? []));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** A second signal, or one during the start, ends this process and all others at once. */
async function stop(): Promise<void> {
  if (!topology || isStopping) process.exit(1);
  isStopping = true;
  console.log('\nStopping …');
  await topology.stop();
  process.exit(0);
}

/** The built application, and who may log in. */
async function frontEnd() {
  const server = builtServer();
  const folder = mkdtempSync(join(tmpdir(), 'spydra-users-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const usersFile = join(folder, 'users.json');
  return { web: { server, usersFile }, logins: await newLogins(usersFile) };
}

/** @throws Error saying what to install. */
function requirePrograms(...programs: readonly string[]): void {
  const missing = programs.filter((program) => spawnSync(program, ['-v'], { env: { PATH: SEARCH_PATH } }).error);
  if (missing.length === 0) return;
  throw new Error(`Programs are missing. On Debian, install them with: apt-get install ${missing.join(' ')}`);
}

async function greeting(topology: Topology, logins: readonly Login[]): Promise<string> {
  const { url, apiUrl, adminKey } = topology;
  return [
    picture(topology),
    '',
    `Routes     ${apiUrl}`,
    `Docs       ${url}/docs`,
    ...(logins.length > 0 ? [`Front end  ${topology.web.url}`] : []),
    ...logins.map(({ user, password }) => `           ${user.role}: name ${user.name}, password ${password}`),
    `Metrics    ${topology.backendPorts.map((port) => `http://localhost:${port}/metrics`).join('  ')}`,
    `Admin key  ${adminKey} (for this run)`,
    '',
    'Try these; -k, since the certificate is self-signed:',
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

/** A wallet of the sandbox, and an asset whose tokens can still be minted. */
async function sampleOf({ sandboxUrl }: Topology) {
  await using spydra = new SpydraClient({ ...SANDBOX, baseUrl: sandboxUrl });
  const [draft] = (await spydra.assets.list({ status: 'draft', limit: 1 })).items;
  return { walletId: 'wallet-alice', assetId: draft?.assetId ?? '' };
}
