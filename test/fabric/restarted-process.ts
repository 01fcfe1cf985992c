import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { bareEnvironment, program } from '../helpers/program.js';

/** A life of a process. */
export interface Life {
  /** What it prints. */
  readonly lines: AsyncIterator<string> & AsyncIterable<string>;
  /** Its exit code; null if it was killed. */
  readonly ended: Promise<number | null>;
}

/** A program of this repository that is killed and started again. It reads its task, as JSON, from the standard input. */
export class RestartedProcess {
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  constructor(private readonly module: string) {}

  start(task: object): Life {
    const child = spawn(process.execPath, ['--no-deprecation', program(this.module)], {
      env: bareEnvironment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    child.stdin.end(JSON.stringify(task));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ended = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
    return { lines, ended };
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
