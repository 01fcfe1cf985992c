import type { Identity } from './identity.js';
import { MAX_TIME } from './keys.js';
import type { Overlay } from './overlay.js';
import type { Access } from './policy.js';
import { Refusal } from './refusal.js';
import { millisecondsOf, type Stub } from './stub.js';

/** Rows of credits that one transaction reads at most, all its orders together. */
export const MAX_ROWS = 1_000;

/** What a write knows of its transaction: all that is the same for every endorser. */
export interface Transaction {
  readonly state: Overlay;
  readonly identity: Identity;
  /** Fabric's id. */
  readonly txId: string;
  /** The place among the orders of a batch; 0 where there is only one. */
  readonly order: number;
  /** The id of the record: `txId`, and in a batch `txId.order`. */
  readonly id: string;
  /** When it was proposed, by the clock of the client: milliseconds since 1970. */
  readonly time: number;
  /** The same in ISO 8601. */
  readonly timestamp: string;
  /** What the orders of a batch share. */
  readonly shared: {
    /** How many rows of credits the transaction may still read. */
    rowsLeft: number;
    access?: Access;
  };
}

export function transactionOf(stub: Stub, identity: Identity, state: Overlay): Transaction {
  const time = millisecondsOf(stub.getTxTimestamp());
  if (!(time >= 0 && time <= MAX_TIME)) {
    throw new Refusal('INVALID_REQUEST', 'The time of the proposal must be in the years from 1970 to 9999.');
  }
  const txId = stub.getTxID();
  const timestamp = new Date(time).toISOString();
  return { state, identity, txId, order: 0, id: txId, time, timestamp, shared: { rowsLeft: MAX_ROWS } };
}
