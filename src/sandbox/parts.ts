import { Chain, genesis } from './chain.js';
import { Holdings } from './holdings.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import type { Settings } from './options.js';
import { TransactionIndex } from './transaction-index.js';
import { WorldState } from './world-state.js';

/** What the APIs of a sandbox are made of. */
export interface Parts {
  readonly ledger: Ledger;
  readonly chain: Chain;
  readonly index: TransactionIndex;
  readonly holdings: Holdings;
}

/**
 * Opens the ledger with the contract on it, and reads its file back.
 *
 * @throws Error if the file is damaged, in use, written by another version or cannot be opened.
 */
export function openParts(settings: Settings): Parts {
  const { dataFile, warn } = settings;
  const index = new TransactionIndex();
  const holdings = new Holdings();
  const ledger = new Ledger({
    ...settings,
    state: new WorldState(genesis()),
    journal: dataFile === undefined ? undefined : new Journal(dataFile, warn),
    onAccepted: (transaction) => index.add(transaction),
    onCommitted: ({ validationCode, records }) => {
      if (validationCode === 'VALID') for (const record of records) holdings.add(record);
    },
  });
  return { ledger, chain: new Chain(ledger, warn), index, holdings };
}
