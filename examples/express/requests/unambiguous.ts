import { type FieldProblem, InvalidInputError } from 'spydra-sdk';
import { Refusal } from '../answers/refusal.js';

/** Deeper than any document. */
const DEEPEST = 64;

/** Of valid JSON: a text, with the colon after it if it is a name, or a bracket. */
const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")\s*(:)?|[{}[\]]/gs;

/**
 * Refuses valid JSON that two readers may understand differently: of an amount that is given twice this server would
 * take one and another the other, and `__proto__` is a name for some and a command for others.
 *
 * @throws InvalidInputError naming such fields; Refusal 400 for what is nested too deep.
 */
export function ensureUnambiguous(json: string): void {
  const problems: FieldProblem[] = [];
  const open: Set<string>[] = [];
  for (const [token, text = '', colon] of json.matchAll(TOKENS)) {
    if (colon) {
      const field = String(JSON.parse(text));
      const names = open.at(-1);
      if (names?.has(field)) problems.push({ field, message: 'must be given once' });
      if (field === '__proto__') problems.push({ field, message: 'must have another name' });
      names?.add(field);
    } else if (token === '{' || token === '[') {
      if (open.push(new Set()) > DEEPEST) throw new Refusal(400, 'MALFORMED_JSON', 'The body is nested too deep.');
    } else if (text === '') {
      open.pop();
    }
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
}
