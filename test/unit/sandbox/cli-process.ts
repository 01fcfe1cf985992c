import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { program } from '../../helpers/program.js';

/** The command `spydra-sandbox` in a child process. */
export interface CliProcess {
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/** Runs a command in a PID namespace of its own, as in a container; it ends with its parent. */
const APART = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
/** Only root may create one without a user namespace. */
const APART_HERE = process.getuid?.() === 0 ? APART : [...APART, '--map-root-user'];

/** Starts the command in a PID namespace of its own. */
export function spawnCliApart(flags: readonly string[]): CliProcess {
  return spawnCli(flags, {}, APART_HERE);
}

/** Starts the command; it is killed when the test is over. */
export function spawnCli(
  flags: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  launcher: readonly string[] = [],
): CliProcess {
  const { SPYDRA_API_KEY: _, ...inherited } = process.env;
  const [command, ...rest] = [...launcher, process.execPath, program('src/sandbox/cli.ts'), ...flags];
  const child = spawn(command ?? process.execPath, rest, {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, printed, exited };
}

/** The URL of the command, when it listens. */
export async function listening({ child, printed, exited }: CliProcess): Promise<string> {
  for (;;) {
    const [, url] = /listening on (\S+)\n/.exec(printed.stdout) ?? [];
    if (url !== undefined) return url;
    const ended = await Promise.race([once(child.stdout ?? child, 'data').then(() => undefined), exited]);
    if (ended !== undefined) throw new Error(`The sandbox ended with ${ended}: ${printed.stderr}`);
  }
}
