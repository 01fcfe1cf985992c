/** Why the adapter itself refuses a request. Its message is written for the client; its cause is not. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.status = status;
    this.code = code;
  }
}
