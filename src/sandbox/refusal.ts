import type { JsonObject } from './json.js';

/** The codes of refusals, as in the REST API. */
export type RefusalCode =
  | 'INVALID_REQUEST'
  | 'UNAUTHORIZED'
  | 'NOT_FOUND'
  | 'INSUFFICIENT_BALANCE'
  | 'SUPPLY_EXCEEDED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNAVAILABLE';

/** A call that was refused by the contract, the ledger or the REST layer. It changed nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** Data for programs: the invalid fields, the current balance, the first transaction of a key. */
    readonly details?: JsonObject | readonly JsonObject[],
  ) {
    super(message);
  }
}
