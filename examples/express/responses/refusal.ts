/** Options of a {@link Refusal}. */
export interface RefusalOptions extends ErrorOptions {
  /** Seconds after which the same request may be sent again. */
  readonly retryAfter?: number;
  /** Machine-readable details, such as the invalid fields. */
  readonly details?: unknown;
}

/** A request that the backend itself refuses. The client sees the message, not the cause. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;
  readonly details: unknown;

  constructor(status: number, code: string, sentence: string, options: RefusalOptions = {}) {
    super(sentence, options);
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.details = options.details;
  }
}
