import { canonicalJson, type JsonObject } from './json.js';

/** Why the contract refuses a call. A call that was refused has changed nothing. */
export type RefusalCode =
  /** The arguments are not what the function takes; `details` names every bad field, the first 100. */
  | 'INVALID_REQUEST'
  | 'UNKNOWN_FUNCTION'
  /** A write that another chaincode makes: the client itself has to call it. */
  | 'INDIRECT_CALL'
  | 'NOT_FOUND'
  /** No policy is configured yet: nothing may be written. */
  | 'NOT_CONFIGURED'
  /** The policy does not let this identity do that. */
  | 'FORBIDDEN'
  | 'INSUFFICIENT_BALANCE'
  | 'SUPPLY_EXCEEDED'
  /** The wallet may have more unsettled credits than the transaction reads: repeat alone, or call `SweepCredits` first. */
  | 'SWEEP_REQUIRED'
  /** The key was used for another call; `details.transactionId` names the first transaction. */
  | 'IDEMPOTENCY_CONFLICT'
  /** The key was voided: nothing is ever applied under it; `details.transactionId` names the transaction. */
  | 'KEY_VOIDED';

/** A bad field of an argument; the message completes a sentence that begins with the field's name. */
export interface FieldProblem extends JsonObject {
  readonly field: string;
  readonly message: string;
}

/**
 * A call that was refused. Chaincode reports only an error's message to the client, so the message is the whole refusal
 * as JSON: `{"code":…,"details":…,"message":…}`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    /** A sentence for a person. */
    readonly reason: string,
    readonly details?: JsonObject | readonly FieldProblem[],
  ) {
    super(canonicalJson({ code, message: reason, details }));
  }

  /** The refusal as an outcome within a batch. */
  toJSON(): JsonObject {
    return { code: this.code, message: this.reason, details: this.details };
  }
}

/** @throws Refusal INVALID_REQUEST, always */
export function refuseFields(problems: readonly FieldProblem[]): never {
  const summary = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
  throw new Refusal('INVALID_REQUEST', `The call is not valid: ${summary}.`, problems);
}
