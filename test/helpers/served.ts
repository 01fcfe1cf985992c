import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The example server in a process of its own. */
export interface Served {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: { out: string; err: string };
}

/** Starts the server as `npm run serve` does, in an environment without any of our variables but these. */
export function serve(environment: Record<string, string>): Served {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/express/server.ts'], {
    cwd: ROOT,
    env: { PATH, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (output.out += chunk));
  child.stderr.on('data', (chunk) => (output.err += chunk));
  return { child, output };
}

/** Where its routes are, once it listens. */
export async function urlOf({ output }: Served): Promise<string> {
  const url = () => /Listening on (\S+)\n/.exec(output.out)?.[1] ?? '';
  await expect.poll(url, { timeout: 20_000 }).not.toBe('');
  return url();
}

export async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}
