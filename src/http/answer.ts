import { InvalidResponseError } from '../errors.js';
import { apiError } from './api-error.js';
import { parseJson } from './json.js';
import { failureDetails, type Prepared } from './request.js';
import { retryAfter } from './retry-policy.js';

/**
 * Reads the answer to a request: its parsed and validated body.
 *
 * @param body - without any secret, where the status is not 2xx
 * @throws ApiError for a status other than 2xx, InvalidResponseError for a body that cannot be used.
 */
export function readAnswer<T>(request: Prepared<T>, response: Response, body: string): T {
  if (!response.ok) throw refusal(request, response, body);
  const parsed = request.schema.safeParse(parse(request, response, body));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
  throw new InvalidResponseError(
    `${request.name} was answered ${response.status} without what the SDK relies on: ${fields}. Check the base URL and the server's version.`,
    failureDetails({ kind: 'unusable' }, request, response),
  );
}

function parse(request: Prepared<unknown>, response: Response, body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new InvalidResponseError(
      `${request.name} was answered ${response.status} with something other than JSON (${body.length} characters). Check the base URL and what stands before the server.`,
      failureDetails({ kind: 'broken' }, request, response),
    );
  }
}

function refusal(request: Prepared<unknown>, response: Response, body: string) {
  const { status, headers } = response;
  const wait = retryAfter(headers.get('Retry-After'), Date.now());
  const toldToWait = status === 429 || (status === 503 && wait !== undefined);
  const details = failureDetails(toldToWait ? { kind: 'told-to-wait' } : { kind: 'status', status }, request, response);
  return apiError({ status, body, retryAfter: wait, request: request.name }, details);
}
