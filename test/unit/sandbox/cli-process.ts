import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** The command `spydra-sandbox` in a process of its own. */
export interface CliProcess {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/** Starts the command; it is killed when the test is over, if it still runs. */
export function spawnCli(flags: readonly string[], environment: NodeJS.ProcessEnv = {}): CliProcess {
  const { SPYDRA_API_KEY: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/sandbox/cli.ts', ...flags], {
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

/** The URL that the command listens on, once it does. */
export async function listening({ child, printed, exited }: CliProcess): Promise<string> {
  for (;;) {
    const [, url] = /listening on (\S+)\n/.exec(printed.stdout) ?? [];
    if (url !== undefined) return url;
    const ended = await Promise.race([once(child.stdout ?? child, 'data').then(() => undefined), exited]);
    if (ended !== undefined) throw new Error(`The sandbox ended with ${ended}: ${printed.stderr}`);
  }
}
