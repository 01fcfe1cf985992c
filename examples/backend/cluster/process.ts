import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which a process must become ready, and in which it may stop by itself. */
const START_LIMIT = 30_000;
const STOP_LIMIT = 15_000;
const ASK_AGAIN = 50;

/** Debian installs nginx in a directory that is in root's PATH only. */
export const SEARCH_PATH = `${process.env.PATH}:/usr/sbin`;

export interface ProcessOptions {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...flags: string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory: string;
  /** The file for its output. */
  readonly log: string;
  /** Whether the process is ready. */
  readonly answers: () => Promise<boolean>;
  /** The signal that stops it. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
  // By process group: if only the master of nginx is killed, its workers stay.
  for (const { pid } of running) if (pid) kill(-pid);
});

/** A process of the cluster that can be started, stopped and killed. It does not outlive this process. */
export class Process {
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Its id, which is that of its process group; undefined before it is started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts the process; resolves when it is ready.
   *
   * @throws Error with the end of its output if it does not become ready.
   */
  async start(): Promise<void> {
    const child = this.#spawn();
    this.#child = child;
    const giveUp = Date.now() + START_LIMIT;
    while (!(await this.#options.answers().catch(() => false))) {
      if (hasEnded(child)) throw new Error(`${this.name} ended at once.\n${this.#lastLines()}`);
      if (Date.now() > giveUp) throw new Error(`${this.name} does not answer.\n${this.#lastLines()}`);
      await sleep(ASK_AGAIN);
    }
  }

  /** Stops the process gracefully; kills it after 15 s. */
  async stop(): Promise<void> {
    const { stopSignal = 'SIGTERM' } = this.#options;
    const limit = setTimeout(() => this.signal('SIGKILL'), STOP_LIMIT);
    await this.#end(stopSignal);
    clearTimeout(limit);
  }

  /** `kill -9`. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  #spawn(): ChildProcess {
    const { command, environment, directory, log } = this.#options;
    const [program, ...flags] = command;
    const output = openSync(log, 'a');
    // A process group of its own: Ctrl-C reaches only this process, which stops the others in order.
    const child = spawn(program, flags, {
      cwd: directory,
      detached: true,
      env: { PATH: SEARCH_PATH, ...environment },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    running.add(child);
    for (const end of ['exit', 'error']) child.once(end, () => running.delete(child));
    return child;
  }

  #lastLines(): string {
    return readFileSync(this.#options.log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  }
}

function kill(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    // The process has just exited.
  }
}

function hasEnded({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null || pid === undefined;
}
