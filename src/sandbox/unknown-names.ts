import { closestMatch } from 'leven';

/**
 * Refuses unknown options; an undefined one counts as missing.
 *
 * @throws RangeError naming the first, and the nearest known one.
 */
export function refuseUnknown(given: object, known: readonly string[], whose: string): void {
  const options: readonly [string, unknown][] = Object.entries(given);
  const unknown = options.find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown) throw new RangeError(`${unknown[0]} is not an option of ${whose}${didYouMean(unknown[0], known)}.`);
}

/** The end of a message that suggests the nearest known name; empty if none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = closestMatch(name, known, { maxDistance: Math.ceil(name.length / 3) });
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
