import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { program } from '../helpers/program.js';
import type { Commands, Question, Reply, Setup } from './cache.program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Two processes that share a store. */
export function pair(setup: Setup): Promise<[CacheProcess, CacheProcess]> {
  return Promise.all([CacheProcess.start(setup), CacheProcess.start(setup)]);
}

/** A client in a child process, which is killed when the test is over. */
export class CacheProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    child.once('exit', () => {
      for (const [id, end] of this.#waiting) end({ id, error: 'The process has ended.' });
    });
  }

  /** Resolves when it is ready. */
  static async start(setup: Setup): Promise<CacheProcess> {
    const child = fork(program('test/integration/cache.program.ts'), [JSON.stringify(setup)], {
      cwd: ROOT,
      execArgv: [],
      serialization: 'advanced',
    });
    const gone = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    const started = new CacheProcess(child);
    await Promise.race([once(child, 'message'), gone.then(() => Promise.reject(new Error('It did not start.')))]);
    return started;
  }

  async ask<C extends keyof Commands>(
    command: C,
    ...input: Parameters<Commands[C]>
  ): Promise<Awaited<ReturnType<Commands[C]>>> {
    const id = ++this.#asked;
    const { value, error } = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, command, input: input as readonly never[] } satisfies Question);
    });
    if (error !== undefined) throw new Error(error);
    return value as Awaited<ReturnType<Commands[C]>>;
  }
}
