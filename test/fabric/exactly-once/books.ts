import type { SpydraClient } from 'spydra-sdk';
import { type Order, SINK, SOURCES, sourceOf } from './orders.js';

/** What each source holds first, for each token that it has to pay: doubled payments are counted, not refused. */
const SPARE = 10n;

/** What the ledger shows of the orders. */
export interface Books {
  /** Orders that were applied more than once. */
  readonly doubled: readonly number[];
  /** Orders that were not applied. */
  readonly lost: readonly number[];
  /** Balances and supplies that differ from what the orders make when each is applied once. */
  readonly wrongSums: readonly string[];
}

/** What wallets hold before the first order. */
function fundsOf(orders: readonly Order[]): Map<string, bigint> {
  const funds = new Map(orders.flatMap(({ wallet, funds }) => (funds > 0n ? [[wallet, funds] as const] : [])));
  const paid = paidBySources(orders);
  for (const source of SOURCES) funds.set(source, SPARE * (paid.get(source) ?? 0n) + 1n);
  return funds;
}

function paidBySources(orders: readonly Order[]): Map<string, bigint> {
  const paid = new Map<string, bigint>();
  for (const { n, amount } of orders) {
    if (n % 4 === 1) paid.set(sourceOf(n), (paid.get(sourceOf(n)) ?? 0n) + amount);
  }
  return paid;
}

/** Mints what the wallets need. */
export async function fund(spydra: SpydraClient, assetId: string, orders: readonly Order[]): Promise<void> {
  const mints = [...fundsOf(orders)].map(([recipientWallet, amount]) => ({ assetId, recipientWallet, amount }));
  const ends = await spydra.tokens.mintMany(mints, { deadline: Number.POSITIVE_INFINITY });
  const failed = ends.find(({ status }) => status === 'rejected');
  if (failed) throw new Error('a wallet could not be funded', { cause: failed });
}

/** Counts how often each order was applied, by what its wallet holds. */
export async function readBooks(spydra: SpydraClient, assetId: string, orders: readonly Order[]): Promise<Books> {
  const held = new Map((await spydra.tokens.holders(assetId)).map(({ wallet, balance }) => [wallet, balance]));
  const balance = (wallet: string) => held.get(wallet) ?? 0n;
  const times = orders.map(({ wallet, funds, change }) => (balance(wallet) - funds) / change);
  const numbersOf = (isSo: (applied: bigint) => boolean) =>
    orders.filter((_, place) => isSo(times[place] ?? 0n)).map(({ n }) => n);

  const funds = fundsOf(orders);
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  const amountsOf = (kind: number) => orders.filter(({ n }) => n % 4 === kind).map(({ amount }) => amount);
  const paid = paidBySources(orders);
  const supply = sum([...funds.values()]) + sum(amountsOf(0)) - sum(amountsOf(2));
  const { circulatingSupply } = await spydra.tokens.supply(assetId);
  const sums: [string, bigint, bigint][] = [
    ...SOURCES.map((source): [string, bigint, bigint] => [
      source,
      balance(source),
      (funds.get(source) ?? 0n) - (paid.get(source) ?? 0n),
    ]),
    [SINK, balance(SINK), sum(amountsOf(3))],
    ['circulating supply', circulatingSupply, supply],
    ['sum of balances', sum([...held.values()]), supply],
  ];
  return {
    doubled: numbersOf((applied) => applied > 1n),
    lost: numbersOf((applied) => applied < 1n),
    wrongSums: sums.flatMap(([name, is, expected]) => (is === expected ? [] : [`${name}: ${is}, not ${expected}`])),
  };
}
