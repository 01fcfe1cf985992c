import { sandboxed } from './sandbox.js';

/** Value and supply that make a price of more than 1,000 digits. */
export const TOO_LONG = [
  ['a little over very much', `0.${'0'.repeat(29)}1`, '9'.repeat(999)],
  ['very much over a few', '9'.repeat(1_000), '7'],
] as const;

/** Short with their exponent, and of more than 1,000 digits without. */
export const TOO_LONG_WRITTEN_OUT = [`0.${'0'.repeat(700)}1e-400`, `${'9'.repeat(700)}e400`];

/** A client of a sandbox, and the number of writes that the sandbox received. */
export function counted() {
  const { sandbox, spydra } = sandboxed();
  return { spydra, writes: () => sandbox.blocks.length };
}
