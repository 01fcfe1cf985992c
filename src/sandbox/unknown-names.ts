import { closestMatch } from 'leven';

/**
 * Refuses options that nothing reads; one that is undefined was not given.
 *
 * @throws RangeError naming the first, and the known one that is nearest to it.
 */
export function refuseUnknown(given: object, known: readonly string[], whose: string): void {
  const options: readonly [string, unknown][] = Object.entries(given);
  const unknown = options.find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown) throw new RangeError(`${unknown[0]} is not an option of ${whose}${didYouMean(unknown[0], known)}.`);
}

/** A question for the end of a message: which known name was meant; empty if none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = closestMatch(name, known, { maxDistance: Math.ceil(name.length / 3) });
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
