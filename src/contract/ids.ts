/** UTF-16 code units. */
const MAX_LENGTH = 256;

/**
 * Why a text cannot be an id, or undefined if it can. An id is a part of composite keys, so it holds no control
 * character; and no two ids look the same because of a character that cannot be seen. The ranges are written out, for
 * Unicode's properties depend on the version of Node.
 */
export function idProblem(id: string): string | undefined {
  if (id === '') return 'must not be empty';
  if (id.length > MAX_LENGTH) return `must have ${MAX_LENGTH} UTF-16 code units or fewer`;
  if (id.startsWith(' ') || id.endsWith(' ')) return 'must not begin or end with a space';
  if (id === '.' || id === '..') return 'must not be "." or ".."';
  if (/[/\\]/.test(id)) return 'must not contain a slash';
  const bad = [...id].map((character) => character.codePointAt(0) ?? 0).find(isUnseen);
  if (bad === undefined) return undefined;
  return `must not contain the character U+${bad.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** First and last code point of what is no id: control, white space, invisible, half a surrogate pair, no character. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0xa0],
  [0xad, 0xad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfdd0, 0xfdef],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffd],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

function isUnseen(codePoint: number): boolean {
  return UNSEEN.some(([first, last]) => codePoint >= first && codePoint <= last) || (codePoint & 0xfffe) === 0xfffe;
}
