import { expect } from 'vitest';
import { APP, type Api, type Fields, NETWORK } from '../../unit/sandbox/harness.js';

/** Checks that the balances of each asset are the sums of its transactions. */
export async function expectExactBooks(api: Api): Promise<void> {
  const books = new Map<string, bigint>();
  const post = (wallet: unknown, assetId: unknown, amount: bigint) => {
    if (wallet === undefined) return;
    const account = JSON.stringify([wallet, assetId]);
    books.set(account, (books.get(account) ?? 0n) + amount);
  };
  for (const record of await allTransactions(api)) {
    const amount = BigInt((record.amount ?? 0) as number | bigint);
    post(record.recipientWallet ?? record.toWallet, record.assetId, amount);
    post(record.holderWallet ?? record.fromWallet, record.assetId, -amount);
  }
  const posted = Object.fromEntries([...books].filter(([, amount]) => amount !== 0n));
  expect(Object.keys(posted)).not.toEqual([]);
  const wallets = new Set([...books.keys()].map((account) => JSON.parse(account)[0] as string));
  const held: Record<string, bigint> = {};
  for (const wallet of wallets) {
    const { body } = await api.get(`${APP}/balances/${encodeURIComponent(wallet)}`);
    for (const { assetId, balance } of body.balances as { assetId: string; balance: number | bigint }[]) {
      held[JSON.stringify([wallet, assetId])] = BigInt(balance);
    }
  }
  expect(held).toEqual(posted);
}

async function allTransactions(api: Api): Promise<Fields[]> {
  const records: Fields[] = [];
  for (;;) {
    const { body } = await api.get(`${NETWORK}/transactions?sortOrder=asc&limit=1000&offset=${records.length}`);
    records.push(...(body.transactions as Fields[]));
    if (records.length >= Number(body.total)) return records;
  }
}
