import { InvalidInputError } from '../errors.js';

/** Why a value cannot stand in a path, or `undefined` if it can. The message completes a sentence. */
export function segmentProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value.trim() === '') return 'is required';
  if (value.includes('/') || value.includes('\\')) return 'must not contain a slash';
  if (value === '.' || value.includes('..')) return 'must not contain ".."';
  if (hasControlCharacter(value)) return 'must not contain control characters';
  return value.isWellFormed() ? undefined : 'must be well-formed Unicode';
}

function hasControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

/**
 * Tag that builds a path from segments, each percent-encoded.
 *
 * @throws InvalidInputError for a segment that could lead elsewhere: `..`, a slash, an object, nothing.
 */
export function path(strings: TemplateStringsArray, ...segments: unknown[]): string {
  return String.raw({ raw: strings }, ...segments.map(encodeSegment));
}

function encodeSegment(segment: unknown): string {
  const problem = segmentProblem(segment);
  if (problem) throw new InvalidInputError([{ field: 'path segment', message: problem }]);
  return encodeURIComponent(segment as string);
}
