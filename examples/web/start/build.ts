import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
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

/** Milliseconds between two looks at a build that another process makes. */
const LOOK_EVERY = 1_000;

/** Builds the application if it is not built, or older than its sources; returns the path of its server. */
export function builtServer(): string {
  for (let isAnnounced = false; !isBuilt(); isAnnounced = true) {
    if (!isAnnounced) console.log('Building the front end, once for these sources; it takes about a minute …');
    const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], {
      cwd: WEB,
      encoding: 'utf8',
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
      shell: process.platform === 'win32',
    });
    if (status === 0) break;
    const isBuiltElsewhere = /Another next build process is already running|acquire lock/i.test(stdout + stderr);
    if (!isBuiltElsewhere) throw new Error(`The build failed.\n${stdout}${stderr}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY);
  }
  return SERVER;
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
