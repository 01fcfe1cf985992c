import type { Session } from '../session/session';
import { BackendError, type Body, read } from './call';
import type { Asset, Balance, Digits, Holder, Responses, Transaction } from './types';

/*
 * What pages read, on behalf of the person who looks at them. Each throws BackendError.
 */

/** The most assets that the backend returns at once. */
const LARGEST_PAGE = 1_000;

interface Page {
  readonly limit: number;
  readonly offset: number;
  readonly assetType?: string | undefined;
}

/** A page of published assets. */
export async function publishedAssets(session: Session, { limit, offset, assetType }: Page) {
  const query = new URLSearchParams({ limit: `${limit}`, offset: `${offset}`, ...(assetType ? { assetType } : {}) });
  const { data, total } = await get<'listAssets'>(session, `/assets?${query}`);
  return { assets: data, total: Number(total) };
}

/** All published assets by id; of more than 10,000 the first ones. */
export async function assetsById(session: Session): Promise<ReadonlyMap<string, Asset>> {
  const found = new Map<string, Asset>();
  for (let offset = 0; offset < 10 * LARGEST_PAGE; offset += LARGEST_PAGE) {
    const { assets, total } = await publishedAssets(session, { limit: LARGEST_PAGE, offset });
    for (const asset of assets) found.set(asset.assetId, asset);
    if (offset + LARGEST_PAGE >= total) break;
  }
  return found;
}

export async function asset(session: Session, assetId: string): Promise<Asset> {
  return (await get<'getAsset'>(session, `/assets/${id(assetId)}`)).data;
}

/** The transactions of an asset, newest first. */
export async function history(session: Session, assetId: string): Promise<readonly Transaction[]> {
  return (await get<'getAssetHistory'>(session, `/assets/${id(assetId)}/history`)).data;
}

/** The holders of an asset, largest first. */
export async function holders(session: Session, assetId: string): Promise<readonly Holder[]> {
  return (await get<'listHolders'>(session, `/tokens/${id(assetId)}/holders`)).data;
}

export async function supply(session: Session, assetId: string) {
  return (await get<'getSupply'>(session, `/tokens/${id(assetId)}/supply`)).data;
}

export async function balances(session: Session, wallet: string): Promise<readonly Balance[]> {
  return (await get<'getBalance'>(session, `/wallets/${id(wallet)}/balance`)).data.balances;
}

/** What a wallet holds of an asset, in whole tokens. */
export async function balanceOf(session: Session, wallet: string, assetId: string): Promise<Digits> {
  const query = new URLSearchParams({ assetId });
  const { data } = await get<'getBalance'>(session, `/wallets/${id(wallet)}/balance?${query}`);
  return data.balances.find((balance) => balance.assetId === assetId)?.balance ?? '0';
}

/** A page of the transactions of a wallet, newest first. */
export async function transactionsOf(session: Session, wallet: string, limit: number) {
  return (await get<'listTransactions'>(session, `/wallets/${id(wallet)}/transactions?limit=${limit}`)).data;
}

/** What became of the write under a key. */
export async function writeUnder(session: Session, idempotencyKey: string, assetId: string | undefined) {
  const query = new URLSearchParams({ idempotencyKey, ...(assetId ? { assetId } : {}) });
  return (await get<'findTransaction'>(session, `/transactions?${query}`)).data;
}

/** Whether the ledger is available, and a sentence about it. */
export async function health(session: Session): Promise<{ readonly healthy: boolean; readonly message: string }> {
  try {
    return (await get<'getHealth'>(session, '/health')).spydra;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { healthy: false, message: error.failure.sentence };
  }
}

async function get<Name extends keyof Responses>(session: Session, path: string): Promise<Responses[Name]> {
  return (await read(session, path)) as Body & Responses[Name];
}

function id(text: string): string {
  return encodeURIComponent(text);
}
