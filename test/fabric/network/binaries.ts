import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Node } from '../test-network.js';
import { waitUntil } from '../wait-until.js';

const run = promisify(execFile);

export type Environment = Readonly<Record<string, string>>;

/** Fabric's programs, in the layout of its release archives: `bin`, `config`, `builders`. */
export class Binaries {
  constructor(
    readonly home: string,
    /** Where they run, and write their logs. */
    private readonly folder: string,
  ) {}

  /** Runs one to its end, and returns what it printed. */
  async run(name: string, args: readonly string[], env: Environment = {}): Promise<string> {
    const options = { cwd: this.folder, env: this.#environment(env) };
    const { stdout } = await run(join(this.home, 'bin', name), args, options);
    return stdout;
  }

  /** Starts one that runs until it is stopped, and may be started again. */
  async serve(name: string, args: readonly string[], env: Environment): Promise<Node> {
    const node = new Process(() => {
      const log = openSync(join(this.folder, `${name}.log`), 'a');
      const options = { cwd: this.folder, env: this.#environment(env) };
      return spawn(join(this.home, 'bin', name), args, { ...options, stdio: ['ignore', log, log] });
    });
    await node.start();
    return node;
  }

  /** Runs a command until it succeeds: a program may still be starting. */
  async retry(name: string, args: readonly string[], env: Environment = {}): Promise<string> {
    let failure: unknown;
    const attempt = () =>
      this.run(name, args, env).then(
        (output) => ({ output }),
        (error) => {
          failure = error;
          return undefined;
        },
      );
    try {
      return (await waitUntil(attempt, { timeout: 60_000, interval: 200 })).output;
    } catch {
      throw failure;
    }
  }

  #environment(env: Environment): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, FABRIC_CFG_PATH: this.folder, ...env };
  }
}

class Process implements Node {
  #child: ChildProcess | undefined;

  constructor(private readonly spawn: () => ChildProcess) {}

  async start(): Promise<void> {
    this.#child = this.spawn();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
