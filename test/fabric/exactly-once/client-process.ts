import { RestartedProcess } from '../restarted-process.js';
import type { Node } from '../test-network.js';
import type { ClientTask, Ended } from './client.program.js';

/** A process that makes writes, and makes those that have not ended when it is started again. */
export class ClientProcess implements Node {
  readonly #process = new RestartedProcess('test/fabric/exactly-once/client.program.ts');
  readonly #left: Set<number>;
  #life = Promise.resolve();
  #seed: number;

  constructor(
    private readonly task: ClientTask,
    private readonly onEnded: (ended: Ended) => void,
  ) {
    this.#left = new Set(task.numbers);
    this.#seed = task.seed;
  }

  async start(): Promise<void> {
    if (this.#left.size === 0) return;
    // Other deadlines in each life.
    this.#seed += 1_000;
    const { lines, ended } = this.#process.start({ ...this.task, numbers: [...this.#left], seed: this.#seed });
    this.#life = this.#follow(lines, ended);
  }

  stop(): Promise<void> {
    return this.#process.kill();
  }

  /** Resolves once all its writes have ended, in whichever of its lives; rejects if it fails by itself. */
  async done(): Promise<void> {
    for (let life: Promise<void> | undefined; life !== this.#life; ) {
      life = this.#life;
      await life;
    }
  }

  async #follow(lines: AsyncIterable<string>, exit: Promise<number | null>): Promise<void> {
    for await (const line of lines) {
      const ended: Ended = JSON.parse(line);
      if (ended.transactionId !== undefined) this.#left.delete(ended.n);
      this.onEnded(ended);
    }
    const code = await exit;
    if (code !== null && code !== 0) throw new Error(`a client ended with ${code}`);
  }
}
