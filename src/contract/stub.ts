/** A row of the ledger's state. */
export interface StateRow {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Rows of a range, one at a time. */
export interface StateIterator {
  next(): Promise<{ readonly value: StateRow; readonly done?: boolean }>;
  close(): Promise<void>;
}

/** A page of a range. fabric-shim gives no metadata for an empty one, against its declarations. */
export interface StatePage {
  readonly iterator: StateIterator;
  readonly metadata?: { readonly bookmark: string };
}

/** Seconds and nanoseconds since 1970. Fabric gives the seconds as a `Long`. */
export interface TxTimestamp {
  readonly seconds: number | { readonly low: number; readonly high: number };
  readonly nanos: number;
}

/**
 * The part of Fabric's `ChaincodeStub` that the contract uses; `ctx.stub` of fabric-contract-api has all of it. Values
 * are UTF-8, and an absent one is empty. Reads return committed values: a transaction does not see its own writes.
 */
export interface Stub {
  getTxID(): string;
  /** The time in the proposal: by the clock of the client, and the same for every endorser. */
  getTxTimestamp(): TxTimestamp;
  getState(key: string): Promise<Uint8Array>;
  putState(key: string, value: Uint8Array): Promise<void>;
  deleteState(key: string): Promise<void>;
  createCompositeKey(objectType: string, attributes: string[]): string;
  /** Rows in the order of their keys. In a write, those that were read are validated again at commit. */
  getStateByPartialCompositeKey(objectType: string, attributes: string[]): AsyncIterable<StateRow>;
  /** The same by pages, which no limit of the peer cuts short. Only for reads: a transaction that writes cannot use it. */
  getStateByPartialCompositeKeyWithPagination(
    objectType: string,
    attributes: string[],
    pageSize: number,
    bookmark?: string,
  ): Promise<StatePage>;
  /** The event of the transaction if it commits as valid; the last call wins. */
  setEvent(name: string, payload: Uint8Array): void;
  /** The arguments of this call, and what the client has signed. Fabric's stub has both; a test needs neither. */
  getArgs?(): readonly string[];
  getSignedProposal?(): { readonly proposal: { readonly payload: ProposalPayload } } | undefined;
}

/** The `ChaincodeInvocationSpec` of a proposal: by the method in fabric-shim, by the property in its declarations. */
export interface ProposalPayload {
  readonly input?: Uint8Array;
  getInput_asU8?(): Uint8Array;
}

/** Milliseconds since 1970. */
export function millisecondsOf({ seconds, nanos }: TxTimestamp): number {
  const whole = typeof seconds === 'number' ? seconds : seconds.high * 2 ** 32 + (seconds.low >>> 0);
  return whole * 1_000 + Math.floor(nanos / 1_000_000);
}

export function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Undefined for the empty value of an absent key. */
export function toText(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : new TextDecoder().decode(bytes);
}
