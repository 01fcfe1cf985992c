import { InvalidResponseError } from '../errors.js';
import { idProblem } from '../ids.js';
import { apiError } from './api-error.js';
import { parseJson } from './json.js';
import { failureDetails, type Prepared } from './request.js';
import { retryAfter } from './retry-policy.js';

/**
 * Reads the answer to a request: its parsed and validated body.
 *
 * @param redact - takes secrets out of what goes into an error
 * @throws ApiError for a status other than 2xx, InvalidResponseError for a body that cannot be used.
 */
export function readAnswer<T>(request: Prepared<T>, response: Response, body: string, redact: Redact): T {
  const answer = { status: response.status, requestId: redact(response.headers.get('X-Request-Id')) as string | null };
  if (!response.ok) throw refusal(request, response, answer, body, redact);
  const json = parse(request, answer, body);
  const parsed = request.schema.safeParse(json);
  const wrong = parsed.success
    ? otherFields(parsed.data, request.about ?? {})
    : parsed.error.issues.map((issue) => issue.path.join('.') || 'body');
  if (parsed.success && wrong.length === 0) return parsed.data;
  throw new InvalidResponseError(
    `${request.name} was answered ${response.status} without what the SDK relies on: ${wrong.join(', ')}. Check the base URL and the server's version.`,
    // A write that names its transaction can still be followed.
    { ...failureDetails({ kind: 'unusable' }, request, answer), transactionId: transactionIdOf(redact(json)) },
  );
}

/** A value without any secret in it. */
export type Redact = (value: unknown) => unknown;

type Answer = NonNullable<Parameters<typeof failureDetails>[2]>;

/** The names of the fields that differ from what they must be. */
function otherFields<T>(answer: T, about: Partial<T>): string[] {
  return Object.entries(about).flatMap(([name, value]) => (answer[name as keyof T] === value ? [] : [name]));
}

function parse(request: Prepared<unknown>, answer: Answer, body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new InvalidResponseError(
      `${request.name} was answered ${answer.status} with something other than JSON (${body.length} characters). Check the base URL and what stands before the server.`,
      failureDetails({ kind: 'broken' }, request, answer),
    );
  }
}

function refusal(request: Prepared<unknown>, response: Response, answer: Answer, body: string, redact: Redact) {
  const { status } = answer;
  const wait = retryAfter(response.headers.get('Retry-After'), Date.now());
  const toldToWait = status === 429 || (status === 503 && wait !== undefined);
  const details = failureDetails(
    toldToWait ? { kind: 'told-to-wait', status } : { kind: 'status', status },
    request,
    answer,
  );
  return apiError({ status, body: redact(readJson(body)), retryAfter: wait, request: request.name }, details);
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
  return typeof id === 'string' && idProblem(id) === undefined ? id : undefined;
}
