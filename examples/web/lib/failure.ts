/** What went wrong, for a person. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly sentence: string;
  /** What to do now. */
  readonly advice: string;
  readonly requestId?: string | undefined;
  /** Seconds after which to try again. */
  readonly retryAfter?: number | undefined;
  /** The fields that are not valid. */
  readonly fields?: readonly FieldProblem[] | undefined;
}

/** What to do where a write may have been applied. */
export const LOOK_AGAIN = 'Do not begin anew: look again, which cannot do it twice.';

/** The message completes a sentence that begins with the name of the field. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}
