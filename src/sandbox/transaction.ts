import type { JsonObject } from './json.js';

/** Fabric's validation code of a transaction: valid, or why not. */
export type ValidationCode = 'VALID' | 'MVCC_READ_CONFLICT';

/** The operation of a transaction, as the REST API names it. */
export interface TransactionDetails {
  /** 'create', 'update', 'publish', 'mint', 'burn', 'transfer' or 'metadata'. */
  readonly type: string;
  readonly assetId: string;
  readonly actor?: string | undefined;
  /** Whole tokens. */
  readonly amount?: bigint | undefined;
  readonly recipientWallet?: string | undefined;
  readonly holderWallet?: string | undefined;
  readonly fromWallet?: string | undefined;
  readonly toWallet?: string | undefined;
  /** As it was sent. */
  readonly metadata?: JsonObject | undefined;
}

/** The idempotency key of a call, and its fingerprint. */
export type IdempotencyClaim = {
  readonly key: string;
  /** Equal for equal calls. */
  readonly fingerprint: string;
};

/** A transaction that was simulated and accepted for ordering. */
export interface Transaction extends TransactionDetails {
  readonly transactionId: string;
  /** When it was accepted, in milliseconds since 1970. */
  readonly timestamp: number;
  /** The response of the chaincode function; it takes effect if the transaction is valid. */
  readonly response: JsonObject;
  readonly claim?: IdempotencyClaim | undefined;
  /** Absent while the transaction is pending. */
  validationCode?: ValidationCode;
}

/** The transaction as the REST API returns it. */
export function transactionRecord(transaction: Transaction): JsonObject {
  const { transactionId, type, assetId, timestamp, validationCode } = transaction;
  const { actor, amount, recipientWallet, holderWallet, fromWallet, toWallet, metadata } = transaction;
  const failed = validationCode !== undefined && validationCode !== 'VALID';
  return {
    transactionId,
    type,
    status: failed ? 'FAILED' : validationCode === 'VALID' ? 'COMMITTED' : 'PENDING',
    assetId,
    timestamp: new Date(timestamp).toISOString(),
    actor,
    amount,
    recipientWallet,
    holderWallet,
    fromWallet,
    toWallet,
    metadata,
    error: failed ? validationCode : undefined,
  };
}
