import type { CacheMode, SpydraClient } from 'spydra-sdk';

export const READS: readonly (readonly [
  string,
  number,
  (spydra: SpydraClient, cache?: CacheMode) => PromiseLike<unknown>,
])[] = [
  ['assets.get', 300_000, (s, cache) => s.assets.get('a1', { cache })],
  ['assets.list', 300_000, (s, cache) => s.assets.list({}, { cache })],
  ['wallets.balance', 30_000, (s, cache) => s.wallets.balance('alice', {}, { cache })],
  ['transactions.get', 60_000, (s, cache) => s.transactions.get('t1', { cache })],
  ['transactions.list', 60_000, (s, cache) => s.transactions.list({}, { cache })],
  ['assets.history', 60_000, (s, cache) => s.assets.history('a1', {}, { cache })],
  ['wallets.transactions', 60_000, (s, cache) => s.wallets.transactions('alice', {}, { cache })],
];

export const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };

export const mint = (spydra: SpydraClient) => spydra.tokens.mint(MINT);

export const rename = (spydra: SpydraClient) =>
  spydra.assets.update('a1', { updates: { name: 'second' }, updaterWallet: 'alice' });
