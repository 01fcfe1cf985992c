import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { bareEnvironment, program } from '../../../../test/helpers/program.js';

const ROOT = new URL('../../../..', import.meta.url).pathname;

/** The example server in a process of its own. */
export interface Served {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: { out: string; err: string };
}

/** Starts the server, in an environment without any of our variables but these. */
export function serve(environment: Record<string, string>, stdout: 'pipe' | number = 'pipe'): Served {
  const child = spawn(process.execPath, [program('examples/backend/server.ts')], {
    cwd: ROOT,
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', stdout, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => (output.out += chunk));
  child.stderr?.on('data', (chunk) => (output.err += chunk));
  return { child, output };
}

/** Where its routes are, once it listens. */
export async function urlOf({ output }: Served): Promise<string> {
  const url = () => /Listening on (\S+)\n/.exec(output.out)?.[1] ?? '';
  await expect.poll(url).not.toBe('');
  return url();
}

export async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}
