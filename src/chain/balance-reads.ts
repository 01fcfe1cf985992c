import type { WriteCall } from '../core/call.js';
import { withResolvers } from '../core/with-resolvers.js';
import type { Account } from './claimed-writes.js';
import { jointCall } from './joint-call.js';

/** Accounts of one read: the contract takes 1,000. */
const MAX_ACCOUNTS = 1_000;

interface Wanted {
  readonly accounts: readonly Account[];
  readonly call: WriteCall;
  readonly resolve: (balances: Promise<readonly bigint[]>) => void;
}

/** Reads what accounts hold, in their order. */
export type ReadAccounts = (accounts: readonly Account[], call: WriteCall) => Promise<readonly bigint[]>;

/** Reads the balances after a batch: those that are wanted at the same time, together. */
export class BalanceReads {
  readonly #read: ReadAccounts;
  #wanted: Wanted[] = [];

  constructor(read: ReadAccounts) {
    this.#read = read;
  }

  /** The balances as they are after this was called, or later. */
  read(accounts: readonly Account[], call: WriteCall): Promise<readonly bigint[]> {
    const { promise, resolve } = withResolvers<readonly bigint[]>();
    if (this.#wanted.length === 0) setTimeout(() => this.#load(), 0);
    this.#wanted.push({ accounts, call, resolve });
    return promise;
  }

  #load(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    const accounts = new Map(wanted.flatMap((each) => each.accounts.map((account) => [nameOf(account), account])));
    const { call, release } = jointCall(wanted.map((each) => each.call));
    const balances = this.#readAll([...accounts.values()], call).finally(release);
    for (const { accounts: own, resolve } of wanted) {
      resolve(balances.then((found) => own.map((account) => found.get(nameOf(account)) ?? 0n)));
    }
  }

  async #readAll(accounts: readonly Account[], call: WriteCall): Promise<ReadonlyMap<string, bigint>> {
    const found = new Map<string, bigint>();
    for (let from = 0; from < accounts.length; from += MAX_ACCOUNTS) {
      const part = accounts.slice(from, from + MAX_ACCOUNTS);
      const balances = await this.#read(part, call);
      for (const [place, account] of part.entries()) found.set(nameOf(account), balances[place] ?? 0n);
    }
    return found;
  }
}

function nameOf({ assetId, walletId }: Account): string {
  return JSON.stringify([assetId, walletId]);
}
