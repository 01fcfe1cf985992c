import { idProblem } from '../core/ids.js';
import { InvalidInputError } from '../errors.js';

/** Where a request goes. */
export interface Path {
  /** Percent-encoded, below the base URL. */
  readonly path: string;
  /** The path without ids, as in `…/assets/:id`: what requests of one kind have in common. */
  readonly route: string;
}

/**
 * Makes a tag that builds paths below a place from ids, each percent-encoded.
 *
 * @throws InvalidInputError for a segment that could lead elsewhere: `..`, a slash, an object, nothing.
 */
export function pathsBelow(place: string) {
  return (strings: TemplateStringsArray, ...ids: unknown[]): Path => ({
    path: place + String.raw({ raw: strings }, ...ids.map(encode)),
    route: `…${strings.join(':id')}`,
  });
}

function encode(id: unknown): string {
  const problem = idProblem(id, 'read');
  if (problem) throw new InvalidInputError([{ field: 'path segment', message: problem }]);
  return encodeURIComponent(id as string);
}
