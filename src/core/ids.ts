import { InvalidInputError } from '../errors.js';

/** What an id is used for: to name something in a write, or to find what is on the ledger already. */
export type IdUse = 'write' | 'read';

/** UTF-16 code units. */
const MAX_LENGTH = 256;

/** Characters that are invisible or change how others are shown, and the replacement character. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\ufffd]/u;
const OTHER_SPACE = /[^\S ]/;
const CONTROL = /\p{Cc}/u;

/**
 * Why a value cannot be an id, or `undefined` if it can; the message completes a sentence that begins with the field's
 * name. An id that is read may be whatever a path can carry. In a write no id may look like another one: there it has
 * 256 UTF-16 code units at most, is in NFC, and holds no invisible character and no white space but spaces inside.
 *
 * @example
 * ```ts
 * idProblem('alice ', 'write'); // 'must not begin or end with white space'
 * idProblem('alice ', 'read'); // undefined
 * ```
 */
export function idProblem(value: unknown, use: IdUse): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  return problemInPath(value) ?? (use === 'write' ? problemInWrite(value) : undefined);
}

/**
 * Checks an id to read by.
 *
 * @throws InvalidInputError
 */
export function ensureId(value: unknown, field: string): asserts value is string {
  const message = value === undefined ? 'is required' : idProblem(value, 'read');
  if (message) throw new InvalidInputError([{ field, message }]);
}

function problemInPath(id: string): string | undefined {
  if (id.trim() === '') return 'is required';
  if (id.includes('/') || id.includes('\\')) return 'must not contain a slash';
  // A URL reads these as steps through the path, percent-encoded too.
  if (id === '.' || id === '..') return 'must not be "." or ".."';
  if (CONTROL.test(id)) return 'must not contain control characters';
  return id.isWellFormed() ? undefined : 'must be well-formed Unicode';
}

function problemInWrite(id: string): string | undefined {
  if (id.length > MAX_LENGTH) return `must have ${MAX_LENGTH} UTF-16 code units or fewer`;
  if (id !== id.trim()) return 'must not begin or end with white space';
  const [unseen] = UNSEEN.exec(id) ?? [];
  if (unseen !== undefined) return `must not contain the invisible character ${codePoint(unseen)}`;
  const [space] = OTHER_SPACE.exec(id) ?? [];
  if (space !== undefined) return `must not contain the white space ${codePoint(space)}`;
  return id === id.normalize('NFC') ? undefined : 'must be in Unicode normalization form C (NFC)';
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
