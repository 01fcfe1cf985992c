/**
 * What a quantity may come to once all that waits for a block has been validated. Nobody knows yet which of it will be
 * valid, so there are two answers, and a rule asks for the one that is safe.
 */
export interface Bounds {
  /** If of all that waits only that is valid which takes away. */
  readonly least: bigint;
  /** If of all that waits only that is valid which adds. */
  readonly most: bigint;
}

/** A quantity that nothing which waits can change without a conflict. */
export function exactly(value: bigint): Bounds {
  return { least: value, most: value };
}
