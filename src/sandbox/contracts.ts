import { balanceStorage } from './balance-storage.js';
import { type TokenContract, tokenContract } from './contract.js';
import { deltaStorage } from './delta-storage.js';

/**
 * How a contract stores tokens. `balances`: one key for each balance and each supply; of the writes in one block that
 * change the same one, one commits. `deltas`: a row for each change; such writes do not conflict.
 */
export type ContractName = 'balances' | 'deltas';

/** The contracts that a sandbox can run: the same rules over both. */
export const CONTRACTS: Readonly<Record<ContractName, TokenContract>> = {
  balances: tokenContract(balanceStorage),
  deltas: tokenContract(deltaStorage),
};
