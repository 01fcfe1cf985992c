import { OutcomeUnknownError } from 'spydra-sdk';
import type { Call, WriteCall } from '../../../../src/core/call.js';
import type { Ledger } from '../../../../src/ledger/ledger.js';
import type { TransferOrder } from '../../../../src/ledger/operations.js';
import type { Steps } from './steps.js';

/** How a write ends. */
export type Fate =
  | 'committed'
  | 'unknown and applied'
  | 'unknown and late'
  | 'unknown and very late'
  | 'unknown and lost';

/** After so many steps of anybody a write arrives of which nobody knew. */
const LATE_AFTER: Partial<Record<Fate, number>> = { 'unknown and late': 12, 'unknown and very late': 80 };

export const ASSET = 'asset';

/** Each write to a wallet raises its balance by one. */
export class CountingLedger {
  readonly #balances = new Map<string, bigint>();
  readonly #steps: Steps;
  fate: Fate = 'committed';
  /** Hears of a write that was applied after its caller was told that nobody knows. */
  onLate: (wallet: string, balance: bigint) => void = () => {};

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  #balanceOf(wallet: string): bigint {
    return this.#balances.get(wallet) ?? 0n;
  }

  async #applyLate(wallet: string, after: number, onLate: CountingLedger['onLate']): Promise<void> {
    for (let n = 0; n < after; n++) await this.#steps.step();
    const balance = this.#balanceOf(wallet) + 1n;
    this.#balances.set(wallet, balance);
    onLate(wallet, balance);
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
        const { fate, onLate } = this;
        await this.#steps.step();
        const after = LATE_AFTER[fate];
        if (after !== undefined) void this.#applyLate(toWallet, after, onLate);
        const toBalance = this.#balanceOf(toWallet) + 1n;
        if (fate === 'committed' || fate === 'unknown and applied') this.#balances.set(toWallet, toBalance);
        await this.#steps.step();
        if (fate !== 'committed') throw new OutcomeUnknownError('nobody knows', { stage: 'submit', idempotencyKey });
        return { transactionId: 't', status: 'committed', fromBalance: 0n, toBalance };
      },
    };
  }
}
