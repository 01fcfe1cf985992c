import * as z from 'zod/mini';
import type { Holdings, HoldingsHistory } from './ledger.js';
import { quantity } from './records.js';

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
        z.array(z.tuple([z.string(), quantity])),
        z.transform((entries) => new Map(entries)),
      ),
      minted: quantity,
      burned: quantity,
      read: z.optional(z.int().check(z.nonnegative())),
      lastRead: z.optional(z.array(z.string())),
      isFinal: z.literal(true),
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
