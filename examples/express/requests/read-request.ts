import type { Request } from 'express';
import { type FieldProblem, InvalidInputError } from 'spydra-sdk';
import type * as z from 'zod';

/** The part of a request that clients fill in. */
type Said = Pick<Request, 'params' | 'query' | 'body' | 'get'>;

/**
 * Reads what a request says in its path, query, headers and body.
 *
 * @throws InvalidInputError naming every bad field of them all.
 */
export function readRequest<T>(request: Said, schema: z.ZodType<T>): T {
  const { params, query, body } = request;
  const headers = { 'Idempotency-Key': request.get('Idempotency-Key') };
  const parsed = schema.safeParse({ params, query, headers, body });
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.flatMap(problemsOf));
}

/** Fields by the name that the client used: without `body` or `query` before it. */
function problemsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  const name = (...inner: PropertyKey[]) => [...issue.path.slice(1), ...inner].join('.');
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: name(key), message: 'is not a known field' }))
    : [{ field: name(), message: issue.message }];
}
