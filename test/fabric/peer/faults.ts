import { pick, type Random } from '../../faults/random.js';

/** A submit whose answer is lost, before or after the orderer has taken the envelope. */
export type SubmitFault = 'lost before ordering' | 'lost after ordering';

const KINDS: readonly SubmitFault[] = ['lost before ordering', 'lost after ordering'];

/** What goes wrong between the client and the orderer. */
export class Faults {
  readonly #submits: SubmitFault[] = [];
  #random: () => SubmitFault | undefined = () => undefined;

  /** The faults of the next submits, one each. */
  nextSubmits(...faults: readonly SubmitFault[]): void {
    this.#submits.push(...faults);
  }

  /** From now on this share of the other submits is lost, from 0 to 1. */
  losing(share: number, random: Random): void {
    this.#random = () => (random() < share ? pick(random, KINDS) : undefined);
  }

  takeSubmit(): SubmitFault | undefined {
    return this.#submits.shift() ?? this.#random();
  }
}
