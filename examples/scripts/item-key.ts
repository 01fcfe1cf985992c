import { createHash } from 'node:crypto';

/** The longest key that the SDK takes for an item. */
const LONGEST = 100;

/**
 * A key of visible ASCII characters, another one for each wallet. It is made of the wallet alone, and not of the row's
 * place: so rows may be sorted or added between two runs, and no wallet is paid twice.
 */
export function itemKeyOf(wallet: string): string {
  const key = encodeURIComponent(wallet);
  // No encoded wallet holds a colon, so none can be mistaken for a hash.
  return key.length <= LONGEST ? key : `sha256:${createHash('sha256').update(wallet).digest('hex')}`;
}
