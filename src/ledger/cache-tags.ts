/*
 * What cached responses depend on, and which of that a write changes.
 */

/** Lists of assets, and the names that balances state. */
export const assets = 'assets';
/** Transactions of everything. */
export const transactions = 'transactions';
/** An asset itself; a server may state in it what circulates. */
export const asset = (assetId: string) => `asset:${assetId}`;
/** Who holds an asset, and its transactions. */
export const tokens = (assetId: string) => `tokens:${assetId}`;
/** What a wallet holds, and its transactions. */
export const wallet = (walletId: string) => `wallet:${walletId}`;

/** What a write changes that moves tokens of an asset. */
export function moved(assetId: string | undefined, ...wallets: readonly (string | undefined)[]): string[] {
  const holders = wallets.filter((walletId) => walletId !== undefined).map(wallet);
  return [transactions, ...(assetId === undefined ? [] : [tokens(assetId)]), ...holders];
}

/** What a write changes that changes an asset or what there is of it. */
export function changed(assetId: string | undefined, ...wallets: readonly (string | undefined)[]): string[] {
  return [...moved(assetId, ...wallets), ...(assetId === undefined ? [] : [asset(assetId)])];
}
