import { closestMatch } from 'leven';

/** A question for the end of a message about an unknown name: which known one was meant; empty if none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const byPlainName = new Map(known.map((each) => [plain(each), each]));
  const target = plain(name);
  // A transposition counts as two edits.
  const maxDistance = target.length < 4 ? 1 : Math.max(2, Math.floor(target.length / 3));
  const nearest = byPlainName.get(closestMatch(target, [...byPlainName.keys()], { maxDistance }) ?? '');
  return nearest === undefined ? '' : ` (did you mean \`${nearest}\`?)`;
}

/** Without what spellings of one name differ in: `api_key`, `apikey` and `apiKey` are one. */
function plain(name: string): string {
  return name.replace(/[^a-z0-9]/gi, '').toLowerCase();
}
