import type { Call } from '../core/call.js';
import { withResolvers } from '../core/with-resolvers.js';

/** From so many wallets of an asset on, one read of all its holders is cheaper than one for each wallet. */
const MANY = 8;

interface Wanted {
  readonly walletId: string;
  readonly call: Call;
  readonly resolve: (balance: bigint | Promise<bigint>) => void;
}

/** How balances are read. */
export interface BalanceSource {
  readonly one: (assetId: string, walletId: string, call: Call) => Promise<bigint>;
  readonly all: (assetId: string, call: Call) => Promise<ReadonlyMap<string, bigint>>;
}

/** Reads the balances after a batch: those that are wanted at the same time, of one asset, by one read. */
export class BalanceReads {
  readonly #source: BalanceSource;
  readonly #wanted = new Map<string, Wanted[]>();

  constructor(source: BalanceSource) {
    this.#source = source;
  }

  /** The balance as it is after this was called, or later. */
  read(assetId: string, walletId: string, call: Call): Promise<bigint> {
    const { promise, resolve } = withResolvers<bigint>();
    const together = this.#wanted.get(assetId);
    if (together) together.push({ walletId, call, resolve });
    else {
      this.#wanted.set(assetId, [{ walletId, call, resolve }]);
      setTimeout(() => this.#load(assetId), 0);
    }
    return promise;
  }

  #load(assetId: string): void {
    const wanted = this.#wanted.get(assetId) ?? [];
    this.#wanted.delete(assetId);
    const { one, all } = this.#source;
    const wallets = new Set(wanted.map(({ walletId }) => walletId));
    if (wallets.size < MANY) {
      const reads = new Map<string, Promise<bigint>>();
      for (const { walletId, call, resolve } of wanted) {
        const read = reads.get(walletId) ?? one(assetId, walletId, call);
        reads.set(walletId, read);
        resolve(read);
      }
      return;
    }
    const last = wanted.reduce((a, b) => (a.call.deadlineAt > b.call.deadlineAt ? a : b));
    const balances = all(assetId, last.call);
    for (const { walletId, resolve } of wanted) resolve(balances.then((found) => found.get(walletId) ?? 0n));
  }
}
