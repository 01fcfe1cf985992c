import { InvalidInputError } from '../errors.js';
import { idProblem } from '../ids.js';

/**
 * Tag that builds a path from ids, each percent-encoded.
 *
 * @throws InvalidInputError for a segment that could lead elsewhere: `..`, a slash, an object, nothing.
 */
export function path(strings: TemplateStringsArray, ...ids: unknown[]): string {
  return String.raw({ raw: strings }, ...ids.map(encode));
}

function encode(id: unknown): string {
  const problem = idProblem(id);
  if (problem) throw new InvalidInputError([{ field: 'path segment', message: problem }]);
  return encodeURIComponent(id as string);
}
