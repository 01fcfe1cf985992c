import * as z from 'zod/mini';
import { atLeast, whole } from '../core/schemas.js';
import type { Holdings } from './ledger.js';
import { isNumeric, quantity, toQuantity } from './records.js';

/** How many ids {@link Holdings.lastRead} keeps: read again, they show that the history continues where it ended. */
export const LAST_READ = 100;

/** Holdings as JSON. */
export function packHoldings({ balances, ...holdings }: Holdings): unknown {
  return { ...holdings, balances: [...balances], isFinal: true, checkpoint: undefined };
}

/** The inverse of {@link packHoldings}; refuses holdings that do not add up. */
export const holdings: z.ZodMiniType<Holdings> = z
  .object({
    assetId: z.string(),
    balances: z.pipe(
      z.array(z.custom<readonly [string, number | bigint | string]>(isHolding)),
      z.transform(
        (entries, context) => new Map(entries.map(([wallet, amount]) => [wallet, toQuantity(amount, context)])),
      ),
    ),
    minted: quantity,
    burned: quantity,
    read: whole().check(atLeast(0)),
    lastRead: z.array(z.string()),
    isFinal: z.custom<true>((value) => value === true),
  })
  .check(
    z.refine(({ balances, minted, burned, read, lastRead }) => {
      if (lastRead.length !== Math.min(read, LAST_READ)) return false;
      let held = 0n;
      for (const balance of balances.values()) held += balance;
      return held === minted - burned;
    }),
  );

/** Whether it is the name of a wallet and its balance. */
function isHolding(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isNumeric(value[1]);
}
