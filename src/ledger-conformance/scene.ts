import type { SpydraClient } from '../client.js';

/** What a case has. */
export interface Scene {
  readonly client: SpydraClient;
  /** Opens another client of the same ledger. */
  another(): Promise<SpydraClient>;
  /** The id of a wallet. */
  wallet(name: string): string;
  /** An idempotency key that no other case uses. */
  key(name: string): string;
}

export type Check = (scene: Scene) => Promise<void>;

/** Creates an asset, and mints so many tokens of it into a wallet. Returns its id. */
export async function issued(
  { client, wallet }: Scene,
  { supply = 1_000n, minted = supply, into = 'treasury' }: { supply?: bigint; minted?: bigint; into?: string } = {},
): Promise<string> {
  const { assetId } = await client.assets.create({
    name: 'Flat',
    symbol: 'FL',
    description: 'A flat',
    assetType: 'real-estate',
    totalValue: '52500.25',
    totalSupply: supply,
    creatorWallet: wallet('treasury'),
  });
  if (minted > 0n) await client.tokens.mint({ assetId, recipientWallet: wallet(into), amount: minted });
  return assetId;
}

/** What a wallet holds of an asset, in whole tokens. */
export async function balanceOf({ client, wallet }: Scene, name: string, assetId: string): Promise<bigint> {
  const { balances } = await client.wallets.balance(wallet(name), { assetId });
  return balances.find((each) => each.assetId === assetId)?.balance ?? 0n;
}

/** @throws Error if the two are not equal as JSON in which a `bigint` ends with `n`. */
export function expectEqual(found: unknown, expected: unknown, what: string): void {
  if (show(found) !== show(expected)) throw new Error(`Expected for ${what} ${show(expected)}, got ${show(found)}.`);
}

/** @throws Error if a call does not reject with an error of this code. */
export async function expectRefusal(call: PromiseLike<unknown>, code: string, what: string): Promise<void> {
  const found = await call.then(
    (value) => `resolved with ${show(value)}`,
    (error: unknown) => (codeOf(error) === code ? undefined : `${codeOf(error)}: ${String(error)}`),
  );
  if (found !== undefined) throw new Error(`Expected for ${what} the error ${code}, got ${found}.`);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_name, each) => (typeof each === 'bigint' ? `${each}n` : each)) ?? 'undefined';
}
