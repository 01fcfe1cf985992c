import { setTimeout as sleep } from 'node:timers/promises';
import type { SpydraClient } from 'spydra-sdk';
import { onTestFinished } from 'vitest';

const WALLETS = ['alice', 'bob', 'carol', 'dave'];
/** Reads of each client, every 10 ms; a slow machine makes fewer, and does not catch up. */
const READS_AT_A_TIME = 5;

export type Phase = 'before' | 'during' | 'after';

/** A client that reads balances continuously, and transfers sometimes. */
export class Load {
  readonly name: string;
  /** The violations: reads that failed or were stale, and writes that failed. */
  readonly wrong: unknown[] = [];
  phase: Phase = 'before';
  readonly #spydra: SpydraClient;
  readonly #assetId: string;
  readonly #delays = { before: [] as number[], during: [] as number[], after: [] as number[] };
  /** Transfers to each wallet that have begun, and those that have resolved. */
  readonly #begun = new Map(WALLETS.map((wallet) => [wallet, 0n]));
  readonly #done = new Map(WALLETS.map((wallet) => [wallet, 0n]));
  readonly #reads = new Set<Promise<void>>();
  readonly #timer = setInterval(() => this.#readOn(), 10);
  readonly #writing: Promise<void>;
  issued = 0;
  #isOver = false;

  constructor(name: string, spydra: SpydraClient, assetId: string) {
    this.name = name;
    this.#spydra = spydra;
    this.#assetId = assetId;
    this.#writing = this.#write();
    onTestFinished(() => this.stop());
  }

  get hits(): number {
    return this.#spydra.cache.stats().balances.hits;
  }

  get summary(): string {
    const parts = Object.entries(this.#delays).map(([phase, delays]) => {
      const p99 = delays.toSorted((a, b) => a - b)[Math.floor(0.99 * delays.length)] ?? 0;
      return `${phase} ${p99.toFixed(1)} ms (${delays.length})`;
    });
    const writes = [...this.#done.values()].reduce((sum, done) => sum + done);
    const { hits, misses, errors, coalesced } = this.#spydra.cache.stats().balances;
    return `p99 of reads ${parts.join(', ')}; ${writes} transfers; ${JSON.stringify({ hits, misses, errors, coalesced })}`;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    await this.#writing;
    await Promise.all(this.#reads);
  }

  #readOn(): void {
    for (const next = this.issued + READS_AT_A_TIME; this.issued < next; this.issued++) {
      const read = this.#read(WALLETS[this.issued % WALLETS.length] ?? '').catch(
        (error) => void this.wrong.push(error),
      );
      this.#reads.add(read);
      void read.finally(() => this.#reads.delete(read));
    }
  }

  async #read(wallet: string): Promise<void> {
    const { phase } = this;
    const [least = 0n, startedAt] = [this.#done.get(wallet), performance.now()];
    const { balances } = await this.#spydra.wallets.balance(wallet, { assetId: this.#assetId });
    this.#delays[phase].push(performance.now() - startedAt);
    const [balance, most = 0n] = [balances[0]?.balance ?? 0n, this.#begun.get(wallet)];
    if (balance < least || balance > most)
      this.wrong.push(`${phase}: ${wallet} has ${balance}, not ${least} to ${most}`);
  }

  async #write(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const toWallet = WALLETS[n % WALLETS.length] ?? '';
      const count = (this.#done.get(toWallet) ?? 0n) + 1n;
      this.#begun.set(toWallet, count);
      try {
        await this.#spydra.tokens.transfer({ assetId: this.#assetId, fromWallet: 'treasury', toWallet, amount: 1n });
        this.#done.set(toWallet, count);
      } catch (error) {
        this.wrong.push(error);
      }
      await sleep(50);
    }
  }
}
