import * as z from 'zod/mini';
import { atLeast, whole } from '../core/schemas.js';
import type { Holdings, HoldingsHistory } from './ledger.js';
import { quantity, toQuantity } from './records.js';

/** How many ids {@link HoldingsHistory.lastRead} keeps: read again, they show that the history continues where it ended. */
export const LAST_READ = 100;

/** Holdings as JSON. */
export function packHoldings({ balances, history, ...supply }: Holdings): unknown {
  const { read, lastRead }: Partial<HoldingsHistory> = history ?? {};
  return { ...supply, balances: [...balances], read, lastRead, isFinal: true };
}

/** The inverse of {@link packHoldings}; refuses holdings that do not add up. */
export const holdings: z.ZodMiniType<Holdings> = z.pipe(
  z
    .object({
      assetId: z.string(),
      balances: z.pipe(
        z.array(z.custom<readonly [string, unknown]>(isHolding)),
        z.transform(
          (entries, context) => new Map(entries.map(([wallet, amount]) => [wallet, toQuantity(amount, context)])),
        ),
      ),
      minted: quantity,
      burned: quantity,
      read: z.optional(whole().check(atLeast(0))),
      lastRead: z.optional(z.array(z.string())),
      isFinal: z.custom<true>((value) => value === true),
    })
    .check(
      z.refine(({ balances, minted, burned, read, lastRead }) => {
        if (lastRead?.length !== (read && Math.min(read, LAST_READ))) return false;
        let held = 0n;
        for (const balance of balances.values()) held += balance;
        return held === minted - burned;
      }),
    ),
  z.transform(({ read, lastRead, isFinal, ...sum }) =>
    read === undefined || lastRead === undefined ? sum : { ...sum, history: { read, lastRead, isFinal } },
  ),
);

/** Whether it is the name of a wallet and its balance. */
function isHolding(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
