/** Whether this process is to be given requests. */
export class Readiness {
  #isDraining = false;

  /**
   * True until the process drains. It does not ask Redis or Spydra: all processes share them, so one of those failing
   * would take all out of service at once, with everything that they still can answer.
   */
  get isReady(): boolean {
    return !this.#isDraining;
  }

  /** From now on other processes are to be asked. */
  drain(): void {
    this.#isDraining = true;
  }
}
