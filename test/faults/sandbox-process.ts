import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { IdempotencyMode } from 'spydra-sdk/sandbox';
import { program } from '../helpers/program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LISTENING = /listening on \S+:(\d+)\n/;

export interface SandboxProcessOptions {
  readonly dataFile: string;
  /** Milliseconds. */
  readonly blockTime: number;
  readonly idempotency: IdempotencyMode;
}

/** The command `spydra-sandbox` in a child process, which can be killed and restarted. */
export class SandboxProcess {
  readonly #options: SandboxProcessOptions;
  #child: ChildProcess | undefined;
  #port = 0;

  constructor(options: SandboxProcessOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts on a free port, or on its previous one; resolves when it listens. */
  async start(): Promise<void> {
    const { dataFile, blockTime, idempotency } = this.#options;
    const flags = ['--port', this.#port, '--data', dataFile, '--block-time', `${blockTime}ms`];
    const command = [program('src/sandbox/cli.ts'), ...flags.map(String), '--idempotency', idempotency];
    const { SPYDRA_API_KEY: _, ...environment } = process.env;
    const child = spawn(process.execPath, command, { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    // It must not outlive this process.
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    this.#port = await portOf(child);
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** The port that it prints once it listens. */
function portOf(child: ChildProcess): Promise<number> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const hear = (text: string) => {
      printed += text;
      const [, port] = LISTENING.exec(printed) ?? [];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The sandbox did not start: ${printed}`)));
  });
}
