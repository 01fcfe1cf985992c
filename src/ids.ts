/** Why a value cannot be an id that stands in a path, or `undefined` if it can. The message completes a sentence. */
export function idProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value.trim() === '') return 'is required';
  if (value.includes('/') || value.includes('\\')) return 'must not contain a slash';
  if (value === '.' || value.includes('..')) return 'must not contain ".."';
  if (/\p{Cc}/u.test(value)) return 'must not contain control characters';
  return value.isWellFormed() ? undefined : 'must be well-formed Unicode';
}
