import { InvalidResponseError } from '../errors.js';
import { apiError, baseUrlAdvice, bodyInWords, readJson, serverRequestId, transactionIdIn } from './api-error.js';
import type { Prepared, Redact } from './request.js';
import { failureDetails } from './retries.js';

/**
 * Reads the response to a request: its parsed and validated body.
 *
 * @param redact - takes secrets out of what goes into an error
 * @throws ApiError for a status other than 2xx, InvalidResponseError for a body that cannot be used.
 */
export function readResponse<T>(request: Prepared<T>, response: Response, body: string, redact: Redact): T {
  if (!response.ok) throw apiError(request, response, body, redact);
  const json = readJson(body);
  const parsed = json === undefined ? undefined : request.schema.safeParse(json);
  const wrong = parsed?.success
    ? otherFields(parsed.data, request.expect ?? {})
    : parsed?.error.issues.map((issue) => issue.path.join('.') || 'body');
  if (parsed?.success && wrong?.length === 0) return parsed.data;

  const { status } = response;
  const answer = { status, requestId: serverRequestId(response, redact) };
  const what = wrong
    ? ` without what the SDK relies on: ${wrong.join(', ')}`
    : ` with ${bodyInWords(response, body)} instead of JSON`;
  throw new InvalidResponseError(`${request.name} was answered ${status}${what}. ${baseUrlAdvice(request)}`, {
    ...failureDetails({ kind: parsed ? 'unusable' : 'broken' }, request, answer),
    // A write that names its transaction can still be followed.
    transactionId: transactionIdIn(redact(json)),
  });
}

/** The names of the fields that differ from what they must be. */
function otherFields<T>(answer: T, expect: Partial<T>): string[] {
  return Object.entries(expect).flatMap(([name, value]) => (answer[name as keyof T] === value ? [] : [name]));
}
