import type * as z from 'zod';
import { type FieldProblem, InvalidInputError } from './errors.js';

/**
 * Checks what a caller gave, before anything leaves the process.
 *
 * @throws InvalidInputError naming every bad field at once; `root` stands before the fields' names.
 */
export function validate<T>(schema: z.ZodType<T>, input: unknown, root = ''): T {
  const parsed = schema.safeParse(input, { error: sentenceEnd });
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.flatMap((issue) => problemsOf(issue, root)));
}

/** Every message completes a sentence that begins with the field's name. */
function sentenceEnd(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`;
}

function problemsOf(issue: z.core.$ZodIssue, root: string): FieldProblem[] {
  const name = (...keys: PropertyKey[]) =>
    [root, ...issue.path, ...keys].filter((part) => part !== '').join('.') || 'input';
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: name(key), message: 'is not a known field' }))
    : [{ field: name(), message: issue.message }];
}
