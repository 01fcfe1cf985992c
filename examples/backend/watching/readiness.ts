/** Whether this process accepts requests. */
export class Readiness {
  #isDraining = false;

  /**
   * True until the process drains. It does not check Redis or Spydra: all processes share them, so one failure would
   * take all of them out of service at once, including the requests that they can still serve.
   */
  get isReady(): boolean {
    return !this.#isDraining;
  }

  /** Makes the process not ready, so that requests go to other processes. */
  drain(): void {
    this.#isDraining = true;
  }
}
