import * as z from 'zod/mini';
import type { KeyClaim } from '../ledger/ledger.js';
import { text } from '../ledger/records.js';
import { read } from './results.js';

const claim: z.ZodMiniType<KeyClaim> = z.pipe(
  z.union([
    z.looseObject({ state: z.literal('applied'), transactionId: text }),
    z.looseObject({ state: z.enum(['void', 'absent']) }),
  ]),
  z.transform((row) =>
    row.state === 'applied' ? { state: row.state, transactionId: row.transactionId } : { state: row.state },
  ),
);

/** The claim that `Claim` and `Void` return. */
export const readClaim = (result: string): KeyClaim => read(claim, result);
