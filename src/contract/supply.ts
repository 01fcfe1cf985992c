import type { JsonObject } from './json.js';
import { supplyKey } from './keys.js';
import { Refusal } from './refusal.js';
import type { Transaction } from './transaction.js';

/** What was ever minted and burned of an asset, and the most that may circulate: whole tokens. */
export interface Supply {
  readonly minted: bigint;
  readonly burned: bigint;
  readonly totalSupply: bigint;
}

/** @throws Refusal NOT_FOUND if there is no such asset. */
export async function requireSupply({ state }: Transaction, assetId: string): Promise<Supply> {
  return supplyIn(await state.get(supplyKey(assetId)), assetId);
}

export function supplyIn(row: JsonObject | undefined, assetId: string): Supply {
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no asset ${assetId} on the ledger.`);
  const { minted, burned, totalSupply } = row;
  return { minted: BigInt(String(minted)), burned: BigInt(String(burned)), totalSupply: BigInt(String(totalSupply)) };
}

/** @throws Refusal SUPPLY_EXCEEDED if more circulates than the total supply. */
export function putSupply({ state }: Transaction, assetId: string, supply: Supply): void {
  const circulating = supply.minted - supply.burned;
  if (circulating > supply.totalSupply) {
    const { totalSupply } = supply;
    const message = `${circulating} tokens of ${assetId} would circulate, more than its total supply of ${totalSupply}.`;
    throw new Refusal('SUPPLY_EXCEEDED', message, {
      assetId,
      totalSupply: totalSupply.toString(),
      circulating: circulating.toString(),
    });
  }
  state.put(supplyKey(assetId), { assetId, ...asText(supply) });
}

/** With what circulates: minted minus burned. */
export function supplyResult(supply: Supply): JsonObject {
  return { ...asText(supply), circulating: (supply.minted - supply.burned).toString() };
}

function asText({ minted, burned, totalSupply }: Supply) {
  return { minted: minted.toString(), burned: burned.toString(), totalSupply: totalSupply.toString() };
}
