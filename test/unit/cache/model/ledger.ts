import { OutcomeUnknownError } from 'spydra-sdk';
import type { Call, WriteCall } from '../../../../src/call.js';
import type { Ledger, TransferOrder } from '../../../../src/ledger/ledger.js';
import type { Steps } from './steps.js';

/** How a write ends. */
export type Fate = 'committed' | 'unknown and applied' | 'unknown and lost';

export const ASSET = 'asset';

/** Tells nobody who asks twice the same: each write to a wallet raises its balance by one. */
export class CountingLedger {
  readonly #balances = new Map<string, bigint>();
  readonly #steps: Steps;
  fate: Fate = 'committed';

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  #balanceOf(wallet: string): bigint {
    return this.#balances.get(wallet) ?? 0n;
  }

  /** The parts of the port that are used here. */
  get port(): Pick<Ledger, 'getBalances' | 'transfer'> {
    return {
      getBalances: async (walletId: string, _assetId: string | undefined, _call: Call) => {
        await this.#steps.step();
        const balance = this.#balanceOf(walletId);
        await this.#steps.step();
        return [{ assetId: ASSET, balance }];
      },
      transfer: async ({ toWallet }: TransferOrder, { idempotencyKey }: WriteCall) => {
        const { fate } = this;
        await this.#steps.step();
        const toBalance = this.#balanceOf(toWallet) + 1n;
        if (fate !== 'unknown and lost') this.#balances.set(toWallet, toBalance);
        await this.#steps.step();
        if (fate !== 'committed') throw new OutcomeUnknownError('nobody knows', { stage: 'submit', idempotencyKey });
        return { transactionId: 't', status: 'committed', fromBalance: 0n, toBalance };
      },
    };
  }
}
