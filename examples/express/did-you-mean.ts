import { closestMatch } from 'leven';

/** The known name that a misspelled one is nearest to: two letters apart at most. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  return closestMatch(name, known, { maxDistance: 2 });
}
