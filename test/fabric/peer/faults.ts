/** A submit whose answer is lost, before or after the orderer has taken the envelope. */
export type SubmitFault = 'lost before ordering' | 'lost after ordering';

/** What goes wrong between the client and the orderer. */
export class Faults {
  readonly #submits: SubmitFault[] = [];

  /** The faults of the next submits, one each. */
  nextSubmits(...faults: readonly SubmitFault[]): void {
    this.#submits.push(...faults);
  }

  takeSubmit(): SubmitFault | undefined {
    return this.#submits.shift();
  }
}
