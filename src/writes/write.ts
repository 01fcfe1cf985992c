import type { Call, WriteCall } from '../core/call.js';
import type { SpydraError } from '../errors.js';
import type { Receipt, TransactionRecord } from '../ledger/ledger.js';
import type { WriteEvent } from '../telemetry/events.js';
import type { WriteIdentity } from './write-identity.js';

/** One write: its whole input, how it is sent, how its record is recognised, and how a receipt is read back. */
export interface Write<R extends Receipt> {
  readonly type: WriteEvent['type'];
  readonly order: object;
  readonly identity: WriteIdentity;
  /** The keys of the ledger that it changes. Of two writes to one of them, a block commits one. */
  readonly touches: readonly string[];
  submit(call: WriteCall): Promise<R>;
  recall(record: TransactionRecord, call: Call): Promise<Omit<R, keyof Receipt>>;
}

/** A transaction that holds the write: submitted by this call, or by an earlier one under the same key. */
export interface Held<R> {
  readonly transactionId: string;
  /** The server's response, if it was complete. */
  readonly receipt?: R;
  /** If the response to this write named it: when the write was sent, epoch milliseconds. */
  readonly sentAt?: number;
  /** Whether a list has shown a record that is this write's: the transaction itself need not prove it again. */
  readonly isProven?: boolean;
  /** Whether the server claims another input: then only the fingerprint proves that it is this write's. */
  readonly isDenied?: boolean;
  /** The error to throw if the transaction is of another write, or does not prove to be of this one. */
  ifNot(relation: 'other' | 'unproven', record: TransactionRecord): SpydraError;
}

/** The end of an attempt: accepted, with `confirm: false`; else final. */
export type Ended<R> =
  | { readonly receipt: R; readonly record?: undefined }
  | { readonly receipt: R | undefined; readonly record: TransactionRecord };

/** Whether a response is about the asset that its transaction has changed. */
export function isAbout(receipt: Receipt & { readonly assetId?: unknown }, { assetId }: TransactionRecord): boolean {
  return receipt.assetId === undefined || assetId === undefined || receipt.assetId === assetId;
}
