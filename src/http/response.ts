import { parseJson } from '../core/json.js';
import { InvalidResponseError, type SpydraError } from '../errors.js';
import { type Answer, apiError, baseUrlAdvice, transactionIdIn } from './api-error.js';
import type { Prepared } from './request.js';
import { failureDetails } from './retries.js';

/**
 * Reads the response to a request: its parsed and validated body.
 *
 * @throws ApiError for a status other than 2xx, InvalidResponseError for a body that cannot be used.
 */
export function readResponse<T>(request: Prepared<T>, response: Response, body: string): T {
  const json = readJson(body);
  if (!response.ok)
    throw statedIn(body, response, request) ?? apiError(request, response, answerOf(request, response, body, json));
  const parsed = json === undefined ? undefined : request.schema.safeParse(json);
  const wrong = parsed?.success
    ? otherFields(parsed.data, request.expect)
    : parsed?.error.issues.map((issue) => issue.path.join('.') || 'body');
  if (parsed?.success && wrong?.length === 0) return parsed.data;

  const stated = statedIn(body, response, request);
  if (stated) throw stated;
  const answer = answerOf(request, response, body, json);
  const problem = wrong ? `without what the SDK relies on: ${wrong.join(', ')}` : 'instead of JSON';
  throw new InvalidResponseError(
    `${request.name} was answered ${answer.inWords} ${problem}. ${baseUrlAdvice(request)}`,
    {
      ...failureDetails(parsed ? 'unusable' : 'broken', request, answer),
      // A write that names its transaction can still be followed.
      transactionId: transactionIdIn(answer.json),
    },
  );
}

/** The error that a body states. */
function statedIn(body: string, { status }: Response, request: Prepared<unknown>): SpydraError | undefined {
  return request.errorIn?.(String(request.redact(body)), status);
}

/** The id that the server has given to a request, if any. */
export function serverRequestId(request: Prepared<unknown>, { headers }: Response): string | undefined {
  return (request.redact(headers.get('X-Request-Id')) as string | null) || undefined;
}

/** The names of the fields that differ from what they must be. */
function otherFields<T>(answer: T, expect: Partial<T> = {}): string[] {
  return Object.keys(expect).filter((name) => answer[name as keyof T] !== expect[name as keyof T]);
}

/** The parsed body; undefined if it is not JSON. */
function readJson(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function answerOf(request: Prepared<unknown>, response: Response, body: string, json: unknown): Answer {
  const { status, headers } = response;
  // A browser hides the status of a redirect.
  const words = [status || 'with a redirect', ...(json === undefined ? [`with ${kindOf(body, headers)}`] : [])];
  return {
    status,
    requestId: serverRequestId(request, response),
    json: request.redact(json),
    inWords: words.join(' '),
  };
}

/** A body that is not JSON, in words. */
function kindOf(body: string, headers: Headers): string {
  if (body === '') return 'an empty body';
  const [type = ''] = (headers.get('Content-Type') ?? '').split(';');
  if (/^text\/html$/i.test(type)) return 'an HTML page';
  return /json/i.test(type) ? 'broken JSON' : `a text of ${body.length} characters`;
}
