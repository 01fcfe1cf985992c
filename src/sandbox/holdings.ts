import type { TransactionRecord } from './transaction.js';

/**
 * What the REST API keeps beside the contract's own reads: the assets in the order in which they were created, and each
 * wallet's balances in the order in which it first received tokens. The sums of what was committed as valid.
 */
export class Holdings {
  readonly #places = new Map<string, number>();
  readonly #balances = new Map<string, Map<string, bigint>>();

  /** Takes a record of a transaction that is valid. */
  add({ type, assetId, amount = 0n, recipientWallet, holderWallet, fromWallet, toWallet }: TransactionRecord): void {
    if (assetId === undefined) return;
    if (type === 'create') this.#places.set(assetId, this.#places.size);
    this.#change(holderWallet ?? fromWallet, assetId, -amount);
    this.#change(recipientWallet ?? toWallet, assetId, amount);
  }

  /** The place of an asset in the order of creation. */
  placeOf(assetId: string): number {
    return this.#places.get(assetId) ?? this.#places.size;
  }

  /** By asset, without those that are zero. */
  balancesOf(walletId: string): [assetId: string, balance: bigint][] {
    return [...(this.#balances.get(walletId) ?? [])].filter(([, balance]) => balance > 0n);
  }

  balanceOf(walletId: string, assetId: string): bigint {
    return this.#balances.get(walletId)?.get(assetId) ?? 0n;
  }

  #change(walletId: string | undefined, assetId: string, change: bigint): void {
    if (walletId === undefined || change === 0n) return;
    const balances = this.#balances.get(walletId) ?? new Map<string, bigint>();
    balances.set(assetId, (balances.get(assetId) ?? 0n) + change);
    this.#balances.set(walletId, balances);
  }
}
