/*
 * The fields of a record's metadata in which an adapter keeps what its write was sent with.
 */

/** The idempotency key. */
export const KEY = 'idempotencyKey';
/** The fingerprint of the input. */
export const FINGERPRINT = 'idempotencyFingerprint';
/** The call that submitted it: after one that failed, another one may use the key. */
export const CALL = 'idempotencyCall';
