import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = join(import.meta.dirname, '..');
const SERVER = join(WEB, '.next/standalone/server.js');
/** Written when a build is complete. */
const COMPLETE = join(WEB, '.next/standalone/complete');
const SOURCES = [
  'app',
  'components',
  'lib',
  'server',
  'instrumentation.ts',
  'next.config.ts',
  'proxy.ts',
  'package-lock.json',
];

/** Contains the id of the process that builds. */
const LOCK = join(WEB, 'node_modules/.build-lock');
/** Milliseconds between two attempts to get the lock. */
const RETRY = 500;

/** Builds the application if it is not built, or older than its sources; returns the path of its server. */
export function builtServer(): string {
  if (isBuilt()) return SERVER;
  acquireLock();
  try {
    if (!isBuilt()) build();
  } finally {
    rmSync(LOCK);
  }
  return SERVER;
}

/** @throws Error with the output of the build if it fails. */
function build(): void {
  console.log('Building the front end, once for these sources; it takes about a minute …');
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], {
    cwd: WEB,
    encoding: 'utf8',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`The build failed.\n${stdout}${stderr}`);
}

/** Waits for a build of another process, unless that process has ended. */
function acquireLock(): void {
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return;
    } catch {
      if (!isRunning(Number(readText(LOCK)))) rmSync(LOCK, { force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid === process.pid ? false : process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isBuilt(): boolean {
  const built = statSync(COMPLETE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return built > newest(SOURCES);
}

function newest(names: readonly string[]): number {
  const files = names.flatMap((name) => {
    const path = join(WEB, name);
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((inner) => join(path, inner));
  });
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) builtServer();
