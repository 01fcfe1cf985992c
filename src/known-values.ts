/*
 * The values that Spydra documents. Servers may have others: each type takes any string, and editors suggest these.
 */

/** A string of which some values are known. */
export type Open<Known extends string> = Known | (string & {});

export const ASSET_TYPES = ['real-estate', 'art', 'commodity', 'equipment'] as const;
/** `'real-estate'`, `'art'`, `'commodity'`, `'equipment'` or any other string. */
export type AssetType = Open<(typeof ASSET_TYPES)[number]>;

export const ASSET_STATUSES = ['draft', 'published'] as const;
/** `'draft'`, `'published'` or any other string. */
export type AssetStatus = Open<(typeof ASSET_STATUSES)[number]>;

export const TRANSACTION_TYPES = ['create', 'update', 'publish', 'mint', 'burn', 'transfer'] as const;
/** `'create'`, `'update'`, `'publish'`, `'mint'`, `'burn'`, `'transfer'` or any other string. */
export type TransactionType = Open<(typeof TRANSACTION_TYPES)[number]>;

/** What a write is called: publishing is an update. */
export type WriteType = Exclude<(typeof TRANSACTION_TYPES)[number], 'publish'>;

export const TRANSACTION_STATUSES = ['PENDING', 'COMMITTED', 'CONFIRMED', 'FAILED'] as const;
/** `'COMMITTED'` and `'CONFIRMED'`: on the ledger; `'FAILED'`; `'PENDING'` or any other string: not final yet. */
export type TransactionStatus = Open<(typeof TRANSACTION_STATUSES)[number]>;

/** Fabric's own names. */
export const VALIDATION_CODES = ['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT', 'ENDORSEMENT_POLICY_FAILURE'] as const;
/** Why a transaction failed: `'MVCC_READ_CONFLICT'` and others of Fabric, or any other string. */
export type ValidationCode = Open<(typeof VALIDATION_CODES)[number]>;
