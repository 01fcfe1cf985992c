import { type FieldProblem, InvalidInputError } from 'spydra-sdk';
import { Refusal } from '../responses/refusal.js';

/** The maximum nesting of a body. */
const DEEPEST = 64;

/** A token of valid JSON: a string, with its colon if it is a name, or a bracket. */
const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")\s*(:)?|[{}[\]]/gs;

/**
 * Refuses valid JSON that parsers interpret differently: a duplicate name, of which one parser takes the first value
 * and another the last, and `__proto__`, which some parsers assign as the prototype.
 *
 * @throws InvalidInputError that names such fields; Refusal 400 if the nesting is too deep.
 */
export function ensureUnambiguous(json: string): void {
  const problems: FieldProblem[] = [];
  const open: Set<string>[] = [];
  let field = '';
  for (const [token, text = '', colon] of json.matchAll(TOKENS)) {
    if (colon) {
      const name = String(JSON.parse(text));
      const names = open.at(-1);
      if (names?.has(name)) problems.push({ field: name, message: 'must be given once' });
      if (name === '__proto__') problems.push({ field: name, message: 'must have another name' });
      if (open.length === 1) field = name;
      names?.add(name);
    } else if (token === '{' || token === '[') {
      if (open.push(new Set()) > DEEPEST) throw tooDeep(field);
    } else if (text === '') {
      open.pop();
    }
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
}

function tooDeep(field: string): Refusal {
  const details = [{ field: field || 'body', message: `must be nested ${DEEPEST} levels deep at most` }];
  return new Refusal(400, 'MALFORMED_JSON', 'The body is nested too deep.', { details });
}
