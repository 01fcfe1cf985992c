import { idProblem } from '../core/ids.js';
import { parseJson } from '../core/json.js';
import { InvalidResponseError } from '../errors.js';
import { apiError } from './api-error.js';
import { failureDetails, type Prepared, type Redact } from './request.js';
import { retryAfter } from './retry-policy.js';
import { baseUrlAdvice, placeAdvice } from './wrong-place.js';

/**
 * Reads the response to a request: its parsed and validated body.
 *
 * @param redact - takes secrets out of what goes into an error
 * @throws ApiError for a status other than 2xx, InvalidResponseError for a body that cannot be used.
 */
export function readResponse<T>(request: Prepared<T>, response: Response, body: string, redact: Redact): T {
  const answer = { status: response.status, requestId: redact(response.headers.get('X-Request-Id')) as string | null };
  if (!response.ok) throw refusal(request, response, answer, body, redact);
  const json = parse(request, response, answer, body);
  const parsed = request.schema.safeParse(json);
  const wrong = parsed.success
    ? otherFields(parsed.data, request.expect ?? {})
    : parsed.error.issues.map((issue) => issue.path.join('.') || 'body');
  if (parsed.success && wrong.length === 0) return parsed.data;
  throw new InvalidResponseError(
    `${request.name} was answered ${response.status} without what the SDK relies on: ${wrong.join(', ')}. ${baseUrlAdvice(request)}`,
    // A write that names its transaction can still be followed.
    { ...failureDetails({ kind: 'unusable' }, request, answer), transactionId: transactionIdOf(redact(json)) },
  );
}

type Answer = NonNullable<Parameters<typeof failureDetails>[2]>;

/** The names of the fields that differ from what they must be. */
function otherFields<T>(answer: T, expect: Partial<T>): string[] {
  return Object.entries(expect).flatMap(([name, value]) => (answer[name as keyof T] === value ? [] : [name]));
}

function parse(request: Prepared<unknown>, response: Response, answer: Answer, body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new InvalidResponseError(
      `${request.name} was answered ${answer.status} with ${kindOf(response, body)} instead of JSON. ${baseUrlAdvice(request)}`,
      failureDetails({ kind: 'broken' }, request, answer),
    );
  }
}

/** A body that is not JSON, in words. */
function kindOf(response: Response, body: string): string {
  if (body === '') return 'an empty body';
  const [type = ''] = (response.headers.get('Content-Type') ?? '').split(';');
  if (/^text\/html$/i.test(type)) return 'an HTML page';
  return /json/i.test(type) ? 'broken JSON' : `a text of ${body.length} characters`;
}

function refusal(request: Prepared<unknown>, response: Response, answer: Answer, body: string, redact: Redact) {
  const { status } = answer;
  const wait = retryAfter(response.headers, Date.now());
  const isThrottled = status === 429 || (status === 503 && wait !== undefined);
  const details = failureDetails(
    isThrottled ? { kind: 'throttled', status } : { kind: 'status', status },
    request,
    answer,
  );
  const json = readJson(body);
  const isJson = json !== undefined;
  return apiError(
    {
      status,
      body: redact(json),
      retryAfter: wait,
      request: request.name,
      // A browser hides the status of a redirect.
      came: [status || 'with a redirect', ...(isJson ? [] : [`with ${kindOf(response, body)}`])].join(' '),
      advice: redact(placeAdvice(response, isJson, request)) as string | undefined,
    },
    details,
  );
}

function readJson(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function transactionIdOf(json: unknown): string | undefined {
  const id = typeof json === 'object' && json !== null && 'transactionId' in json ? json.transactionId : undefined;
  return typeof id === 'string' && idProblem(id, 'read') === undefined ? id : undefined;
}
