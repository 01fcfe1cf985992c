import type * as z from 'zod/mini';
import { withMethods } from '../core/validate.js';
import type { Ledger } from './ledger.js';

/** What every ledger has. */
const REQUIRED = [
  'createAsset',
  'updateAsset',
  'mint',
  'burn',
  'transfer',
  'addMetadata',
  'getAsset',
  'listAssets',
  'getBalances',
  'getTransaction',
  'waitForTransaction',
  'listTransactions',
  'getHoldings',
  'getMetadata',
] as const satisfies readonly (keyof Ledger)[];

const OPTIONAL = [
  'getSupply',
  'getClaim',
  'voidKey',
  'invalidate',
  'close',
] as const satisfies readonly (keyof Ledger)[];

/** A ledger of the user's: an object or an instance of a class. */
export const givenLedger: z.ZodMiniType<Ledger> = withMethods<Ledger>(...REQUIRED);

/** The ledger as an object of functions, which a wrapper can copy: methods of a class are not copied by `{ ...ledger }`. */
export function boundLedger(ledger: Ledger): Ledger {
  const { name, batchSize } = ledger;
  const methods: Record<string, unknown> = {};
  for (const method of [...REQUIRED, ...OPTIONAL]) {
    if (ledger[method] !== undefined) methods[method] = (ledger[method] as () => unknown).bind(ledger);
  }
  return { ...(methods as unknown as Ledger), name, batchSize };
}
