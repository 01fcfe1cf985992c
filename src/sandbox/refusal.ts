import type { RefusalCode as ContractRefusalCode } from '../contract/index.js';
import type { JsonObject } from './json.js';

/** The codes of refusals, as in the REST API: those of the contract, and those of the server. */
export type RefusalCode =
  | ContractRefusalCode
  | 'UNAUTHORIZED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNAVAILABLE';

/** A call that was refused by the ledger or the REST layer. It changed nothing. */
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
