import type { Request } from 'express';
import { type FieldProblem, InvalidInputError } from 'spydra-sdk';
import type * as z from 'zod';
import { isObject } from './fields.js';

/** The parts of a request that the client provides. */
type Said = Pick<Request, 'params' | 'query' | 'body' | 'get'>;

/**
 * Validates the path, query, headers and body of a request and returns them.
 *
 * @throws InvalidInputError that names every invalid field.
 */
export function readRequest<T>(request: Said, schema: z.ZodType<T>): T {
  const { params, query, body } = request;
  const headers = { 'Idempotency-Key': request.get('Idempotency-Key') };
  const given = { params, query, headers, body };
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.flatMap((issue) => problemsOf(issue, given)));
}

/** Converts issues to problems whose fields have the client's names, without the prefix `body` or `query`. */
function problemsOf(issue: z.core.$ZodIssue, given: unknown): FieldProblem[] {
  const name = (...inner: PropertyKey[]) => [...issue.path.slice(1), ...inner].join('.');
  const value = issue.path.reduce<unknown>((outer, key) => Object(outer)[key], given);
  // A number of many digits is an object to zod; its fields were not sent by the client.
  if (issue.code === 'unrecognized_keys' && issue.path.length > 1 && !isObject(value)) {
    return [{ field: name(), message: 'must be an object' }];
  }
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: name(key), message: 'is not a known field' }))
    : [{ field: name(), message: issue.message }];
}
