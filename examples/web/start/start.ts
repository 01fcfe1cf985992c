import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtServer } from './build';
import { type Login, newLogins } from './logins';

/*
 * The whole system on this machine: a sandbox with sample assets in a backend (port 3001), and the front end (port 3000).
 */

const WEB_PORT = process.env.PORT || '3000';
const BACKEND_PORT = process.env.BACKEND_PORT || '3001';
const BACKEND = `http://127.0.0.1:${BACKEND_PORT}`;
const ROOT = join(import.meta.dirname, '../../..');
/** Milliseconds in which a process must respond. */
const START_LIMIT = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'spydra-web-'));
const children: ChildProcess[] = [];
let isStopping = false;

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

try {
  const server = builtServer();
  console.log('Starting a backend on a sandbox, and the front end …');
  const usersFile = join(folder, 'users.json');
  const logins = await newLogins(usersFile);
  const tokens = { JWT_SECRET: secret(), JWT_ISSUER: 'http://localhost:3000', JWT_AUDIENCE: 'spydra-backend' };
  await start(['--import', 'tsx', join(ROOT, 'examples/backend/server.ts')], `${BACKEND}/livez`, {
    ...tokens,
    // In production it would require a real ledger.
    NODE_ENV: 'development',
    PORT: BACKEND_PORT,
    HOST: '127.0.0.1',
    TRUST_PROXY: 'loopback',
    // Every look at a page is several requests of a person.
    RATE_LIMIT_PER_ADDRESS: '20000',
    RATE_LIMIT_PER_KEY: '120',
    LOG_LEVEL: 'error',
  });
  await start([server], `http://127.0.0.1:${WEB_PORT}/livez`, {
    ...tokens,
    PORT: WEB_PORT,
    HOSTNAME: '0.0.0.0',
    WEB_SECRET: secret(),
    USERS_FILE: usersFile,
    BACKEND_URL: `${BACKEND}/api/spydra`,
    BACKEND_METRICS_URLS: `${BACKEND}/metrics`,
  });
  console.log(greeting(logins));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}

function greeting(logins: readonly Login[]): string {
  return [
    '',
    `Open    http://localhost:${WEB_PORT}`,
    '',
    ...logins.map(({ user, password }) => `${user.role.padEnd(8)}  name ${user.name.padEnd(8)}  password ${password}`),
    '',
    'The logins are for this run, and so is the ledger. Use two browsers, or a private window, for both at once.',
    'Ctrl-C stops all of it.',
  ].join('\n');
}

/** Starts a process of Node; resolves when it responds. @throws Error if it ends before, or takes too long. */
async function start(args: readonly string[], url: string, environment: Partial<NodeJS.ProcessEnv>): Promise<void> {
  const { port } = new URL(url);
  // Otherwise it would respond in place of ours.
  if (await isTaken(Number(port))) {
    throw new Error(`Port ${port} is in use: stop what listens there, or set PORT or BACKEND_PORT.`);
  }
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { NODE_ENV: 'production', PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
    // Ctrl-C reaches this process only, which stops the others.
    detached: true,
  });
  children.push(child);
  const giveUp = performance.now() + START_LIMIT;
  while (!(await responds(url))) {
    if (child.exitCode !== null) throw new Error('A part could not start: see above.');
    if (performance.now() > giveUp) throw new Error(`${url} does not respond.`);
    await sleep(100);
  }
}

async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect').then(
    () => Boolean(socket.destroy()),
    () => false,
  );
}

function responds(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** A second signal ends everything at once. */
async function stop(code: number): Promise<void> {
  const signal = isStopping ? 'SIGKILL' : 'SIGTERM';
  isStopping = true;
  // The front end first, which depends on the backend.
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill(signal);
    await once(child, 'exit');
  }
  process.exit(code);
}
