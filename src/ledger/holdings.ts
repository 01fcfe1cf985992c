import * as z from 'zod/mini';
import type { Holdings } from './ledger.js';
import { quantity } from './records.js';

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
      z.array(z.tuple([z.string(), quantity])),
      z.transform((entries) => new Map(entries)),
    ),
    minted: quantity,
    burned: quantity,
    read: z.int().check(z.nonnegative()),
    lastRead: z.array(z.string()),
    isFinal: z.literal(true),
  })
  .check(
    z.refine(({ balances, minted, burned, read, lastRead }) => {
      if (lastRead.length !== Math.min(read, LAST_READ)) return false;
      let held = 0n;
      for (const balance of balances.values()) held += balance;
      return held === minted - burned;
    }),
  );
