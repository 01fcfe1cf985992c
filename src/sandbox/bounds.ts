/**
 * The bounds of a quantity after all pending transactions are validated. It is not known which of them will be
 * valid, so there are two bounds, and a rule uses the safe one.
 */
export interface Bounds {
  /** If only the pending transactions that reduce it are valid. */
  readonly least: bigint;
  /** If only the pending transactions that increase it are valid. */
  readonly most: bigint;
}

/** A quantity that no pending transaction can change without a conflict. */
export function exactly(value: bigint): Bounds {
  return { least: value, most: value };
}
