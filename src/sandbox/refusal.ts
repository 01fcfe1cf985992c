import type { JsonObject } from './json.js';

/** Why the sandbox refuses a call: the codes of the REST contract. */
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

/** A call that was understood and turned down: by the contract, the ledger or the REST layer. It changed nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    /** What a program may act on: the bad fields, the balance that is there, the first transaction of a key. */
    readonly details?: JsonObject | readonly JsonObject[],
  ) {
    super(message);
  }
}
