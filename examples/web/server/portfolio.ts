import { compare, sum, times } from '../lib/decimal';
import { BackendError } from './backend/call';
import { asset, assetsById, balances } from './backend/reads';
import type { Asset } from './backend/types';
import type { Session } from './session/session';

/** Tokens of an asset in a wallet. */
export interface Holding {
  readonly assetId: string;
  readonly name: string;
  readonly symbol: string;
  /** Whole tokens. */
  readonly amount: string;
  /** US dollars; undefined if the asset cannot be read. */
  readonly price: string | undefined;
  readonly value: string | undefined;
}

export interface Portfolio {
  /** By value, largest first. */
  readonly holdings: readonly Holding[];
  /** US dollars. */
  readonly value: string;
  /** Whether the price of every asset is known. */
  readonly isComplete: boolean;
  /** The value of the holdings after the first ones. */
  rest(after: number): string;
}

/** Assets that are read one by one, besides those that are published. */
const MOST_UNLISTED = 20;

/** What a wallet holds, at the current prices. @throws BackendError */
export async function portfolioOf(session: Session, wallet: string): Promise<Portfolio> {
  const [held, published] = await Promise.all([balances(session, wallet), assetsById(session)]);
  const owned = held.filter(({ balance }) => balance !== '0');
  const unlisted = owned.filter(({ assetId }) => !published.has(assetId)).slice(0, MOST_UNLISTED);
  const others = await Promise.all(unlisted.map(({ assetId }) => known(session, assetId)));
  const assets = new Map([...published, ...others.flatMap((one) => (one ? [[one.assetId, one] as const] : []))]);
  const holdings = owned.map(({ assetId, assetName, balance }): Holding => {
    const { pricePerToken: price, name = assetName || assetId, symbol = '' } = assets.get(assetId) ?? {};
    const value = price === undefined ? undefined : times(price, balance);
    return { assetId, name, symbol, amount: balance, price, value };
  });
  const sorted = holdings.toSorted((a, b) => compare(b.value ?? '0', a.value ?? '0'));
  const worth = (some: readonly Holding[]) => sum(some.flatMap(({ value }) => value ?? []));
  return {
    holdings: sorted,
    value: worth(sorted),
    isComplete: sorted.every(({ value }) => value !== undefined),
    rest: (after) => worth(sorted.slice(after)),
  };
}

async function known(session: Session, assetId: string): Promise<Asset | undefined> {
  return asset(session, assetId).catch((error: unknown) => {
    if (error instanceof BackendError) return undefined;
    throw error;
  });
}
