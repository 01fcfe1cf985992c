import { headers } from 'next/headers';
import type { Failure, FieldProblem } from '../../lib/failure';
import { config } from '../config';
import type { Session } from '../session/session';
import { failureOf } from './failure';
import { parseExactly } from './json';
import { tokenOf } from './token';

/** Milliseconds. A write responds when it is committed; the backend gives up before this. */
const READ_TIMEOUT = 15_000;
const WRITE_TIMEOUT = 150_000;

/** A request that the backend did not fulfil. */
export class BackendError extends Error {
  readonly failure: Failure;
  /** Whether a write may have been applied all the same. */
  readonly isUnknown: boolean;

  constructor(failure: Failure, { isUnknown = false, cause }: { isUnknown?: boolean; cause?: unknown } = {}) {
    super(`${failure.status} ${failure.code}`, { cause });
    this.failure = failure;
    this.isUnknown = isUnknown;
  }
}

/** A write, under its idempotency key. */
export interface Write {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: object;
  readonly idempotencyKey: string;
}

/** The body of a response, with all numbers as digits. */
export type Body = Readonly<Record<string, unknown>>;

/** Reads on behalf of a person. @throws BackendError */
export async function read(session: Session, path: string): Promise<Body> {
  const response = await send(session, path, { signal: AbortSignal.timeout(READ_TIMEOUT) }).catch((cause: unknown) => {
    throw new BackendError(failureOf(503), { cause });
  });
  const body = await bodyOf(response);
  if (response.ok && body) return body;
  throw new BackendError(failureIn(response, body));
}

/**
 * Writes on behalf of a person, with that person's rights.
 *
 * @throws BackendError; its `isUnknown` is true unless it is certain that nothing was applied.
 */
export async function write(session: Session, { method, path, body, idempotencyKey }: Write): Promise<Body> {
  const sent = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey };
  const init = { method, headers: sent, body: JSON.stringify(body), signal: AbortSignal.timeout(WRITE_TIMEOUT) };
  const response = await send(session, path, init).catch((cause: unknown) => {
    if (isUnsent(cause)) throw new BackendError(failureOf(503), { cause });
    throw new BackendError(failureOf(504), { isUnknown: true, cause });
  });
  const answer = await bodyOf(response);
  if (response.ok && answer?.success === true) return answer;
  // Without the backend's envelope nothing says that the write was not applied; neither does a bug.
  const isCertain = answer?.success === false && response.status < 504 && response.status !== 500;
  if (isCertain) throw new BackendError(failureIn(response, answer));
  throw new BackendError(failureOf(504, failureIn(response, answer)), { isUnknown: true });
}

/** The address of the person, as `instrumentation.ts` has determined it. */
async function send(session: Session, path: string, init: RequestInit): Promise<Response> {
  const address = (await headers()).get('x-forwarded-for') ?? '';
  const person = { Authorization: `Bearer ${tokenOf(session)}`, 'X-Forwarded-For': address };
  return fetch(config().backendUrl + path, { ...init, cache: 'no-store', headers: { ...init.headers, ...person } });
}

/** Undefined if the body is not a JSON object, or did not arrive. */
async function bodyOf(response: Response): Promise<Body | undefined> {
  try {
    const body = parseExactly(await response.text());
    return typeof body === 'object' && body !== null ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}

function failureIn(response: Response, body: Body | undefined): Failure {
  const { code, requestId, details } = (body ?? {}) as Record<string, unknown>;
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return failureOf(response.status, {
    code: typeof code === 'string' ? code : undefined,
    requestId: typeof requestId === 'string' ? requestId : (response.headers.get('X-Request-Id') ?? undefined),
    retryAfter: Number.isFinite(wait) ? wait : undefined,
    fields: Array.isArray(details) ? (details as FieldProblem[]) : undefined,
  } as Partial<Failure>);
}

/** Whether no connection was made: no byte of the request was sent. */
function isUnsent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND' || cause?.code === 'UND_ERR_CONNECT_TIMEOUT';
}

/** Opens a stream of server-sent events on behalf of a person; undefined if the backend has none. */
export async function stream(session: Session, path: string, signal: AbortSignal) {
  const init = { signal, headers: { Accept: 'text/event-stream' } };
  const response = await send(session, path, init).catch(() => undefined);
  return response?.ok ? (response.body ?? undefined) : undefined;
}
