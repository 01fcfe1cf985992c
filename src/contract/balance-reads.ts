import { amountIn } from './balances.js';
import { id, listOf, object, optional, read } from './fields.js';
import { compareText, type Json, type JsonObject } from './json.js';
import { assetKey, balanceKey, supplyKey } from './keys.js';
import type { Reader } from './reader.js';
import { supplyIn, supplyResult } from './supply.js';
import { MAX_ROWS } from './transaction.js';

/** What a wallet holds: settled and not settled. Without an asset's id, of every asset of which it has any. */
export async function readBalances(reader: Reader, walletId: Json | undefined, assetId?: Json): Promise<JsonObject> {
  const wallet = read(id, walletId, 'walletId');
  const only = read(optional(id), assetId, 'assetId');
  const assets =
    only === undefined ? (await reader.all(['holding', wallet])).map((row) => String(row.assetId)) : [only];
  const balances: JsonObject[] = [];
  for (const asset of assets) {
    const balance = await balanceOf(reader, asset, wallet);
    if (balance === 0n) continue;
    const { name } = (await reader.get(assetKey(asset))) ?? {};
    balances.push({ assetId: asset, assetName: name, balance: balance.toString() });
  }
  return { walletId: wallet, balances };
}

const accounts = listOf(object({ assetId: id, walletId: id }), MAX_ROWS);

/** What each of several wallets holds of an asset, in their order and all at the same block. */
export async function readAccountBalances(reader: Reader, given: Json): Promise<JsonObject> {
  const balances: string[] = [];
  for (const { assetId, walletId } of read(accounts, given, 'accounts')) {
    balances.push((await balanceOf(reader, assetId, walletId)).toString());
  }
  return { balances };
}

/** Everyone who holds tokens of an asset, the largest holder first, and its supply. */
export async function readHolders(reader: Reader, assetId: Json | undefined): Promise<JsonObject> {
  const asset = read(id, assetId, 'assetId');
  const supply = supplyIn(await reader.get(supplyKey(asset)), asset);
  const balances = new Map<string, bigint>();
  for (const objectType of ['balance', 'credit']) {
    for await (const row of reader.below([objectType, asset])) {
      const walletId = String(row.walletId);
      balances.set(walletId, (balances.get(walletId) ?? 0n) + amountIn(row));
    }
  }
  const holders = [...balances]
    .filter(([, balance]) => balance > 0n)
    .sort(([a, balanceOfA], [b, balanceOfB]) => compareAmounts(balanceOfB, balanceOfA) || compareText(a, b))
    .map(([walletId, balance]) => ({ walletId, balance: balance.toString() }));
  return { assetId: asset, holders, ...supplyResult(supply) };
}

export async function readSupply(reader: Reader, assetId: Json | undefined): Promise<JsonObject> {
  const asset = read(id, assetId, 'assetId');
  return { assetId: asset, ...supplyResult(supplyIn(await reader.get(supplyKey(asset)), asset)) };
}

/** Credits that are not settled, the oldest first: as many as one transaction takes, for its hints. */
export async function readCredits(
  reader: Reader,
  assetId: Json | undefined,
  walletId: Json | undefined,
): Promise<JsonObject> {
  const [asset, wallet] = [read(id, assetId, 'assetId'), read(id, walletId, 'walletId')];
  const credits: JsonObject[] = [];
  for await (const { creditId, amount } of reader.below(['credit', asset, wallet])) {
    if (credits.length === MAX_ROWS) return { credits, hasMore: true };
    credits.push({ creditId, amount });
  }
  return { credits, hasMore: false };
}

async function balanceOf(reader: Reader, assetId: string, walletId: string): Promise<bigint> {
  let balance = amountIn(await reader.get(balanceKey(assetId, walletId)));
  for await (const row of reader.below(['credit', assetId, walletId])) balance += amountIn(row);
  return balance;
}

function compareAmounts(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
