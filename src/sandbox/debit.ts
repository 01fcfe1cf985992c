import { Refusal } from '../contract/index.js';
import type { Chain, Transacted, TransactOptions } from './chain.js';
import { type JsonObject, parseJson, toJson } from './json.js';
import type { Parts } from './parts.js';

/**
 * Calls a function that may debit a wallet. Callers of the REST API know no sweeps, so where a wallet has more credits than
 * a debit takes, their ids are given as hints; and where there are more than a transaction takes, they are settled before,
 * in blocks of their own.
 */
export async function transactWithSweeps(
  { chain, ledger }: Pick<Parts, 'chain' | 'ledger'>,
  functionName: string,
  [order, key]: readonly [order: string, key: string | undefined],
  options: TransactOptions,
): Promise<Transacted> {
  for (let hints = ''; ; ) {
    try {
      return await chain.transact(functionName, (id) => [order, key ?? id, hints], options);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'SWEEP_REQUIRED') throw error;
      const wallet = error.details as unknown as JsonObject;
      hints = (hints === '' && (await allCredits(chain, wallet))) || (await sweep({ chain, ledger }, wallet));
    }
  }
}

/** The hints that name all credits of a wallet; empty if a transaction does not take so many. */
async function allCredits(chain: Chain, { assetId, walletId }: JsonObject): Promise<string> {
  const found = parseJson(await chain.query('Credits', [String(assetId), String(walletId)])) as unknown as Credits;
  return found.hasMore ? '' : toJson({ credits: found.credits.map(({ creditId }) => creditId) });
}

/** Settles as many credits as a transaction takes, in a block of its own. Returns no hints. */
async function sweep({ chain, ledger }: Pick<Parts, 'chain' | 'ledger'>, wallet: JsonObject): Promise<''> {
  const { assetId, walletId } = wallet;
  ledger.cut();
  await chain.transact('SweepCredits', (id) => [toJson({ assetId, walletId }), id]);
  ledger.cut();
  return '';
}

interface Credits {
  readonly credits: readonly { readonly creditId: string }[];
  readonly hasMore: boolean;
}
